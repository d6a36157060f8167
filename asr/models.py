"""Which models are there, which one is taken, and whether their files are what they should be."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from asr.catalogue import BEST_FIRST, CATALOGUE, Model
from core.errors import NotFound, PartUnavailable
from core.settings import Settings

MANIFEST = "hotline-model.json"
"""Written into a fetched model's directory: sha256 of each file as it was after the fetch."""
_STANDARD = Path("/var/cache/hotline/models")
_SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "speech" / "models"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The model that recognition uses."""

    engine: str
    name: str
    directory: Path
    language: str = "zh"


class FileState(StrEnum):
    """What `check` finds of a file."""

    GOOD = "good"
    CHANGED = "changed"
    MISSING = "missing"
    UNPINNED = "unpinned"
    """No checksum is known; nothing was compared."""


def known(name: str) -> Model:
    """Return a model of the catalogue.

    Raises:
        NotFound: there is none of that name.
    """
    for model in CATALOGUE:
        if model.name == name:
            return model
    raise NotFound("语音模型", name)


def places(settings: Settings) -> Iterator[Path]:
    """Yield the directories in which models are looked for, first wins."""
    yield from dict.fromkeys((settings.speech.models, _STANDARD, _SHARED))


def directory_of(settings: Settings, name: str) -> Path | None:
    """Return where a model of the catalogue is, or None when it is not there."""
    model = known(name)
    for place in places(settings):
        if _holds(place / name, model):
            return place / name
    return None


def choose(settings: Settings) -> Chosen | None:
    """Return the model that the settings name, else the best that is there; None when none is, or `engine = none`.

    Raises:
        PartUnavailable: the settings name a directory that is missing or holds no model.
    """
    if settings.speech.engine == "none":
        return None
    if settings.speech.model is not None:
        return _named(settings, settings.speech.model)
    wanted = settings.speech.engine
    return next((one for one in alternatives(settings) if wanted in ("auto", one.engine)), None)


def alternatives(settings: Settings) -> list[Chosen]:
    """Return every model of the catalogue that is there with all it needs, best first."""
    found = []
    for name in BEST_FIRST:
        model = known(name)
        directory = directory_of(settings, name)
        if directory is not None and all(directory_of(settings, need) for need in model.needs):
            found.append(Chosen(model.engine, name, directory, model.language))
    return found


def check(settings: Settings, name: str) -> dict[str, FileState]:
    """Compare the files of a model with their checksums.

    Raises:
        NotFound: the catalogue has no such model.
        PartUnavailable: the model is not there.
    """
    directory = directory_of(settings, name)
    if directory is None:
        raise PartUnavailable("speech", f"模型 {name} 不存在", remedy=f"运行 hotline models fetch {name}")
    pins = dict(known(name).files) or manifest(directory)
    if not pins:
        return {path.name: FileState.UNPINNED for path in sorted(directory.iterdir()) if path.is_file()}
    return {name: _state(directory / name, sha256) for name, sha256 in sorted(pins.items())}


def demand(settings: Settings, name: str) -> Path:
    """Return the directory of a model whose checksums are right.

    Raises:
        PartUnavailable: it is not there, or a file is missing or changed.
    """
    states = check(settings, name)
    wrong = [file for file, state in states.items() if state in (FileState.CHANGED, FileState.MISSING)]
    if wrong:
        raise PartUnavailable(
            "speech",
            f"模型 {name} 的文件校验不符:{'、'.join(wrong)}",
            remedy=f"运行 hotline models fetch {name} --again",
        )
    directory = directory_of(settings, name)
    assert directory is not None
    return directory


def manifest(directory: Path) -> dict[str, str]:
    """Return the checksums pinned when the model was fetched; empty when it was put there by hand."""
    try:
        files = json.loads((directory / MANIFEST).read_text("utf-8"))["files"]
    except (OSError, ValueError, KeyError):
        return {}
    return {str(name): str(sha256) for name, sha256 in files.items()}


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _holds(directory: Path, model: Model) -> bool:
    return directory.is_dir() and all(any(directory.glob(pattern)) for pattern in model.must_have)


def _named(settings: Settings, directory: Path) -> Chosen:
    if not directory.is_dir():
        raise PartUnavailable(
            "speech", f"设置的模型目录 {directory} 不存在", remedy="修改 speech.model,或运行 hotline models fetch"
        )
    for model in CATALOGUE:
        fits = settings.speech.engine in ("auto", model.engine)
        if model.engine and fits and _holds(directory, model):
            same = [one for one in CATALOGUE if one.name == directory.name]
            return Chosen(model.engine, directory.name, directory, same[0].language if same else "zh")
    raise PartUnavailable(
        "speech", f"目录 {directory} 中没有可用的语音模型", remedy="检查 speech.model 与 speech.engine 是否相符"
    )


def _state(path: Path, sha256: str) -> FileState:
    if not path.is_file():
        return FileState.MISSING
    return FileState.GOOD if sha256_of(path) == sha256 else FileState.CHANGED
