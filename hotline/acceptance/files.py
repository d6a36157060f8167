"""Reading acceptance files: what is wrong in one example costs that example, not the others."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from core.errors import InvalidInput
from hotline.acceptance.schema import Example, Fault

_ENTRY = re.compile(r"^(?=- )", re.MULTILINE)
_ID = re.compile(r"\bid: *[\"']?([^\s,\"'}]+)")
_KINDS = {dict: "a mapping", list: "a list", str: "text", bool: "a flag", type(None): "nothing"}
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _Loader(yaml.SafeLoader):
    """Leaves instants as words: one that no calendar has (30 February) is then the fault of its example alone."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path: Path) -> list[Example | Fault]:
    """Read a file of examples; what is not of the schema comes back as a fault that names the example.

    Raises:
        InvalidInput: no file, no text, no YAML at all, or no list of examples.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise InvalidInput("file", f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidInput("file", f"{path}: not UTF-8 text") from error
    examples = list(_entries(path, text))
    times = Counter(example.id for example in examples)
    seen: set[str] = set()
    for place, example in enumerate(examples):
        if example.id in seen:
            examples[place] = Fault(example.id, f"the id stands {times[example.id]} times in {path.name}")
        seen.add(example.id)
    return examples


def _entries(path: Path, text: str) -> Iterator[Example | Fault]:
    try:
        loaded = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        pieces = _ENTRY.split(text)
        if len(pieces) < 2:  # noqa: PLR2004 - before the first entry and the entry
            raise InvalidInput("file", f"{path}: not YAML: {_reason(error)}") from error
        yield from _one_by_one(pieces)
        return
    if not isinstance(loaded, list) or not loaded:
        kind = "the file is empty" if loaded in (None, []) else f"this is {_kind(loaded)}"
        raise InvalidInput("file", f"{path}: a list of examples is expected, {kind}")
    for place, raw in enumerate(loaded, start=1):
        yield _example(place, raw)


def _one_by_one(pieces: list[str]) -> Iterator[Example | Fault]:
    """Read the entries of a file that is no YAML as a whole: those that are by themselves are examples."""
    line = pieces[0].count("\n")
    for place, piece in enumerate(pieces[1:], start=1):
        try:
            yield _example(place, yaml.load(piece, Loader=_Loader)[0])  # noqa: S506 - a SafeLoader
        except yaml.YAMLError as error:
            named = _ID.search(piece)
            yield Fault(named[1] if named else _number(place), f"not YAML: {_reason(error, line)}")
        line += piece.count("\n")


def _reason(error: yaml.YAMLError, before: int = 0) -> str:
    """Return in one line what is wrong, and where; `before`: lines of the file before the piece that was read."""
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    return f"{problem or error}" + (f", line {before + mark.line + 1}" if mark else "")


def _example(place: int, raw: Any) -> Example | Fault:
    if not isinstance(raw, dict):
        return Fault(_number(place), f"an example is a mapping of keys, this is {_kind(raw)}")
    try:
        return Example.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "example"
        name = raw.get("id")
        given = isinstance(name, str | int | float) and str(name)
        return Fault(given or _number(place), f"{where}: {first['msg'].removeprefix('Value error, ')}")


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a number")


def _number(place: int) -> str:
    return f"example number {place}"
