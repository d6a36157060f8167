"""Which learned models are used: versions in one directory, and a file that names those switched on.

A running process looks at that file before every proposal, so that a switch counts at once and without a restart.
"""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog

from asr.prefill.learning import LearnedLabels
from core.errors import Conflict, InvalidInput, NotFound

log = structlog.get_logger(__name__)

FIELDS = ("category", "unit")
"""Fields that can be learned."""
_SWITCHED = "switched.json"


@dataclass(frozen=True, slots=True)
class Version:
    """A trained model with the figures of its evaluation (0 to 1), measured on tickets it had not seen."""

    field: str
    name: str
    trained_at: str
    examples: int
    accuracy: float
    macro_f1: float
    rules_accuracy: float
    rules_macro_f1: float
    sha256: str = ""
    labels: list[str] = dataclasses.field(default_factory=list)

    @property
    def is_better(self) -> bool:
        """True when it tells more rightly than the shipped rules do, and rare labels no worse."""
        return self.accuracy > self.rules_accuracy and self.macro_f1 >= self.rules_macro_f1


class Versions:
    """The trained versions in a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def keep(self, model: LearnedLabels, version: Version) -> Version:
        """Write a model and its figures; nothing is switched."""
        path = self._directory / version.name
        model.write(path)
        kept = Version(**{**asdict(version), "sha256": sha256(path.read_bytes()).hexdigest()})
        figures = path.with_suffix(".json")
        figures.write_text(json.dumps(asdict(kept), ensure_ascii=False, indent=1), "utf-8")
        figures.chmod(0o600)
        return kept

    def all(self) -> list[Version]:
        """Return every version, oldest first."""
        found = [_version(path) for path in sorted(self._directory.glob("*.json")) if path.name != _SWITCHED]
        return sorted((one for one in found if one), key=lambda one: one.trained_at)

    def switched(self) -> Mapping[str, str]:
        """Return the names of the versions that are used, by field."""
        try:
            content = json.loads((self._directory / _SWITCHED).read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            log.exception("prefill_switch_not_readable")
            return {}
        return {name: str(content[name]) for name in FIELDS if isinstance(content, dict) and content.get(name)}

    def switch_on(self, field_name: str, name: str | None = None, *, anyway: bool = False) -> Version:
        """Use a version of a field from now on: the named one, else the newest.

        Raises:
            NotFound: there is no such version.
            Conflict: its evaluation is not better than the shipped rules, and it was not wished anyway.
        """
        found = [one for one in self.all() if one.field == field_name and name in (None, one.name)]
        if not found:
            raise NotFound("预填模型", name or field_name)
        version = found[-1]
        if not version.is_better and not anyway:
            raise Conflict(
                f"{version.name} 的评测不优于内置规则,未启用。确要启用:加 --anyway", code="prefill_no_better"
            )
        self._write({**self.switched(), field_name: version.name})
        return version

    def switch_off(self, field_name: str) -> None:
        """Use the shipped rules for a field from now on."""
        self._write({one: name for one, name in self.switched().items() if one != field_name})

    def read(self, name: str) -> LearnedLabels:
        """Read a version.

        Raises:
            InvalidInput: it is not the file that was evaluated.
        """
        path = self._directory / Path(name).name
        version = _version(path.with_suffix(".json"))
        if version is None or not path.is_file() or sha256(path.read_bytes()).hexdigest() != version.sha256:
            raise InvalidInput("model", f"{path.name} 与评测时的文件不符,请重新运行 hotline prefill train")
        return LearnedLabels.read(path)

    def stamp(self) -> int:
        """Return something that changes when anything is switched."""
        try:
            return (self._directory / _SWITCHED).stat().st_mtime_ns
        except OSError:
            return 0

    def _write(self, switched: Mapping[str, str]) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        fresh = self._directory / "switched.new"
        fresh.write_text(json.dumps(dict(switched)), "utf-8")
        fresh.replace(self._directory / _SWITCHED)


class FollowedLabels:
    """The models that are switched on now; an unreadable one is left out and told in the log."""

    def __init__(self, directory: Path) -> None:
        self._versions = Versions(directory)
        self._stamp = -1
        self._labels: Mapping[str, LearnedLabels] = {}

    def now(self) -> Mapping[str, LearnedLabels]:
        """Return the models by field; reads files only after a switch."""
        stamp = self._versions.stamp()
        if stamp != self._stamp:
            self._stamp, self._labels = stamp, dict(self._read())
        return self._labels

    def _read(self) -> Any:
        for field_name, name in self._versions.switched().items():
            try:
                yield field_name, self._versions.read(name)
            except InvalidInput as error:
                log.error("prefill_model_not_used", field=field_name, problem=error.message)  # noqa: TRY400


def _version(path: Path) -> Version | None:
    try:
        return Version(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
