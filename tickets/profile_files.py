"""The files regional profiles are written in: found, read, laid over what they inherit."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import PartUnavailable

PROFILES = Path(__file__).parent / "profiles"
"""The profiles that come with the product."""


def names(directories: Sequence[Path]) -> list[str]:
    """Return the names of all profiles in `directories`; a leading underscore marks what is only inherited."""
    stems = {path.stem for directory in directories for path in directory.glob("*.toml")}
    return sorted(stem for stem in stems if not stem.startswith("_"))


def found(name: str, directories: Sequence[Path]) -> Path:
    """Return the file of profile `name`: the first of `directories` that has it.

    Raises:
        PartUnavailable: none has it; the message names the known ones.
    """
    for directory in directories:
        if (directory / f"{name}.toml").is_file():
            return directory / f"{name}.toml"
    known = ", ".join(names(directories))
    raise PartUnavailable("profile", f"没有 {directories[-1] / name}.toml", remedy=f"设置 profile 为其中之一:{known}")


def merged(name: str, directories: Sequence[Path], seen: tuple[Path, ...] = ()) -> tuple[dict[str, Any], Path]:
    """Return the values of profile `name` over those it inherits, and its file.

    Raises:
        PartUnavailable: a file is missing or no TOML, or inheritance runs in a circle.
    """
    path = found(name, directories)
    if path in seen:
        raise PartUnavailable("profile", f"{path.name}: inherits 形成循环", remedy=f"修改 {path}")
    own = _read(path)
    parent = own.pop("inherits", None)
    if parent is None:
        return own, path
    if not str(parent).startswith("_"):
        own["inherited_from"] = parent
    # a copy under the product's own name inherits the product's file, not itself
    below = [place for place in directories if parent != name or place != path.parent]
    return _overlay(merged(str(parent), below, (*seen, path))[0], own), path


def over_defaults(data: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a whole profile over the product's defaults."""
    return _overlay(_read(PROFILES / "_defaults.toml"), data)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PartUnavailable("profile", f"{path.name}: {error}", remedy=f"修改 {path}") from error


def _overlay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return `below` with the values of `above`.

    A period or a ruled value is replaced whole: half of one with the clause of another would be a lie.
    """
    laid = dict(below)
    for key, value in above.items():
        old = laid.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        whole = both and ("clause" in value and {"value", "amount"} & set(value))
        laid[key] = _overlay(old, value) if both and not whole else value  # type: ignore[arg-type]
    return laid
