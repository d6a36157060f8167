"""The operator's own list of words for recognition: one a line, in force a few seconds after it changed."""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from asr.pinyin.lexicon import read_words
from core.errors import InvalidInput
from core.settings import Settings

FILE = "speech-words.txt"
WANTED = "只能是 2 至 20 个汉字,或 3 至 11 位号码"
_LONGEST = 20
"""Syllables; longer names are heard better as the words they are made of."""
_WORD = re.compile(f"[一-鿿]{{2,{_LONGEST}}}|[0-9]{{3,11}}")
_HEAD = "# 本中心的识别词表,用 hotline lexicon add/remove 修改\n"
_ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True, slots=True)
class Refused:
    """A word that cannot be taken, with the line it stands in."""

    line: int
    word: str


def file_of(settings: Settings) -> Path:
    """Return where the list is kept."""
    return settings.home / FILE


def words_in(file: Path) -> tuple[list[str], list[Refused]]:
    """Read a list to be taken in: words separated by white space or commas, `#` begins a comment.

    Raises:
        InvalidInput: it cannot be read.
    """
    taken: list[str] = []
    refused: list[Refused] = []
    for number, line in enumerate(_text_of(file).splitlines(), 1):
        for word in re.split(r"[\s,,、;;]+", line.split("#")[0].strip()):
            if _WORD.fullmatch(word):
                taken.append(word)
            elif word:
                refused.append(Refused(number, word))
    return list(dict.fromkeys(taken)), refused


class OwnWords:
    """The list in its file; each change writes the file anew in one step.

    Args:
        file: need not be there.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def all(self) -> list[str]:
        """Return the words in the order they were added.

        Raises:
            InvalidInput: the file cannot be read.
        """
        if not self._file.exists():
            return []
        try:
            return list(dict.fromkeys(read_words(self._file)))
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput("file", f"无法读取 {self._file}(须为 UTF-8)") from error

    def add(self, words: Iterable[str]) -> list[str]:
        """Add words and return those that are new.

        Raises:
            InvalidInput: one of them cannot be a word; nothing is added then.
        """
        wanted = list(dict.fromkeys(words))
        if wrong := [word for word in wanted if not _WORD.fullmatch(word)]:
            raise InvalidInput("word", f"{wrong[0]}:{WANTED}")
        known = self.all()
        new = [word for word in wanted if word not in known]
        if new:
            self._write([*known, *new])
        return new

    def remove(self, words: Iterable[str]) -> None:
        """Take words off the list.

        Raises:
            InvalidInput: one of them is not on it; nothing is removed then.
        """
        known, gone = self.all(), set(words)
        if missing := sorted(gone.difference(known)):
            raise InvalidInput("word", f"词表中没有 {missing[0]}")
        self._write([word for word in known if word not in gone])

    def _write(self, words: Sequence[str]) -> None:
        beside = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        beside.write_text(_HEAD + "".join(f"{word}\n" for word in words), "utf-8")
        beside.replace(self._file)


def _text_of(file: Path) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InvalidInput("file", f"无法读取 {file}") from error
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput("file", f"{file} 不是 UTF-8 或 GB18030 文本")
