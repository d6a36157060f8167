"""Words of the city (streets, units, hotline names): effective without retraining and without restart."""

import math
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from pypinyin import Style, pinyin

from asr.pinyin.dictionary import Entry

_LOOK_SECONDS = 5.0
"""How often the files are looked at for changes."""

_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LexiconWord:
    """A word with its toned reading (`ning2`), one syllable a character."""

    word: str
    reading: tuple[str, ...]

    @property
    def key(self) -> str:
        """Toneless syllables joined with an apostrophe."""
        return "'".join(syllable[:-1] for syllable in self.reading)

    @property
    def entry(self) -> Entry:
        """The word as the decoder takes it."""
        return Entry(self.word, 0.0, "".join(syllable[-1] for syllable in self.reading), 0.0, is_lexicon=True)


def read_words(path: Path) -> list[str]:
    """Read a lexicon file: words separated by white space, `#` begins a comment to the end of the line."""
    lines = path.read_text("utf-8").splitlines()
    return [word for line in lines for word in line.split("#")[0].split()]


def readings(words: Iterable[str]) -> list[LexiconWord]:
    """Give each word of Chinese characters its reading; others are left out, as are repetitions.

    Numbers (12315) are known as they are spoken, with 一 or 幺 for 1.
    """
    found = []
    for word in dict.fromkeys(spoken for one in words for spoken in _spoken(one)):
        read = pinyin(word, style=Style.TONE3, neutral_tone_with_five=True, v_to_u=False, errors="ignore")
        if word and len(read) == len(word):
            found.append(LexiconWord(word, tuple(one[0] for one in read)))
    return found


def _spoken(word: str) -> tuple[str, ...]:
    if not (word.isascii() and word.isdecimal()):
        return (word,)
    said = word.translate(_DIGITS)
    return (said, said.replace("一", "幺"))


class LexiconFiles:
    """The words of some files, read again when one of them changes; a file that is gone or damaged keeps its words.

    Args:
        files: word lists; those not there count as empty until they are.
        now: seconds of a clock that never goes back.
    """

    def __init__(self, files: Sequence[Path], now: Callable[[], float] = time.monotonic) -> None:
        self._files = tuple(files)
        self._now = now
        self._stamps: dict[Path, tuple[int, int]] = {}
        self._words: dict[Path, list[str]] = {}
        self._looked = -math.inf
        self._lock = threading.Lock()

    def changed(self) -> list[LexiconWord] | None:
        """Return all words when a file changed since the last call (the first counts as a change), else None."""
        with self._lock:
            if self._now() < self._looked + _LOOK_SECONDS:
                return None
            first, self._looked = self._looked < 0, self._now()
            news = [self._read(file) for file in self._files]
            if not any(news) and not first:
                return None
            return readings(word for words in self._words.values() for word in words)

    def _read(self, file: Path) -> bool:
        try:
            about = file.stat()
            stamp = (about.st_mtime_ns, about.st_size)
            if self._stamps.get(file) == stamp:
                return False
            self._words[file] = read_words(file)
        except (OSError, UnicodeDecodeError) as error:
            if file.exists():
                _log.warning("lexicon_unreadable", file=file.name, problem=str(error), remedy="改为 UTF-8 文本文件")
            return False
        self._stamps[file] = stamp
        return True
