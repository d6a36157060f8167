"""The dictionary of the decoder: pinyin → words with tones and unigram scores, compiled once and cached."""

import hashlib
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import structlog
from pypinyin import Style, pinyin

_FORMAT = "2"
"""Changed with the shape of the compiled form; other forms are compiled anew."""
_LONGEST = 6
_UNKNOWN_TONE = "0"

_log = structlog.get_logger()


class Entry(NamedTuple):
    """A word: its score beside the language model's (log10, ≤ 0), tones as digits (0: any), unigram log10."""

    word: str
    cost: float
    tones: str
    unigram: float
    is_lexicon: bool = False


Words = Mapping[str, list[Entry]]
"""Entries by their syllables joined with an apostrophe (zhong'guo)."""


def load(source: Path, model_file: Path, language_model: Any, cache: Path) -> dict[str, list[Entry]]:
    """Read the dictionary, from its compiled form when that is there.

    Args:
        source: text file with lines `word pin'yin cost`.
        model_file: file of the language model (the compiled form belongs to this pair).
        language_model: the opened `kenlm.Model`.
        cache: directory for the compiled form; left uncompiled when it cannot be written.
    """
    compiled = cache / f"pinyin-{_fingerprint(source, model_file)}.json"
    words = _read(compiled)
    if words is None:
        words = compile_words(source.read_text("utf-8").splitlines(), language_model)
        _write(compiled, words)
    return words


def compile_words(lines: Iterable[str], language_model: Any) -> dict[str, list[Entry]]:
    """Build the dictionary from `word pin'yin cost` lines; words the language model does not know are left out."""
    words: dict[str, list[Entry]] = defaultdict(list)
    for word, key, cost in _parsed(lines):
        if word not in language_model:
            continue
        unigram = language_model.score(word, bos=False, eos=False)
        single = len(word) == 1
        words[key].append(Entry(word, cost if single else 0.0, tones_of(word, key.split("'")), unigram))
    for entries in words.values():
        entries.sort(key=lambda entry: -(entry.unigram + entry.cost))
    return dict(words)


def _parsed(lines: Iterable[str]) -> Iterator[tuple[str, str, float]]:
    for line in lines:
        parts = line.split()
        if len(parts) == 3 and parts[1].count("'") < _LONGEST:  # noqa: PLR2004 - word, pinyin, cost
            yield parts[0], parts[1], float(parts[2])


def tones_of(word: str, spelling: list[str]) -> str:
    """Return the tones of `word` read as `spelling`; 0 where the readings do not agree."""
    read = pinyin(word, style=Style.TONE3, neutral_tone_with_five=True, v_to_u=False, errors="ignore")
    if len(read) != len(spelling) or len(word) != len(spelling):
        return _UNKNOWN_TONE * len(spelling)
    return "".join(_tone(char, one[0], plain) for char, one, plain in zip(word, read, spelling, strict=True))


def _tone(char: str, toned: str, plain: str) -> str:
    if toned[:-1] == plain:
        return toned[-1]
    others = pinyin(char, style=Style.TONE3, neutral_tone_with_five=True, heteronym=True)[0]
    return next((other[-1] for other in others if other[:-1] == plain), _UNKNOWN_TONE)


def _fingerprint(*files: Path) -> str:
    digest = hashlib.sha256(_FORMAT.encode())
    for file in files:
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:16]


def _read(compiled: Path) -> dict[str, list[Entry]] | None:
    try:
        content = json.loads(compiled.read_bytes())
        return {key: [Entry(*entry) for entry in entries] for key, entries in content.items()}
    except (OSError, ValueError, TypeError):
        return None


def _write(compiled: Path, words: Words) -> None:
    try:
        compiled.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=compiled.parent, delete=False, encoding="utf-8") as stream:
            json.dump(words, stream, ensure_ascii=False, separators=(",", ":"))
        os.replace(stream.name, compiled)  # noqa: PTH105 - atomic on one file system; Path.replace is the same call
    except OSError as error:
        _log.warning("pinyin dictionary could not be cached; it is compiled at every start", error=str(error))
