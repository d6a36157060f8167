"""Words of the city (streets, units, hotline names): effective without retraining."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pypinyin import Style, pinyin

from asr.pinyin.dictionary import Entry


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
    """Give each word of Chinese characters its reading; others are left out, as are repetitions."""
    found = []
    for word in dict.fromkeys(words):
        read = pinyin(word, style=Style.TONE3, neutral_tone_with_five=True, v_to_u=False, errors="ignore")
        if word and len(read) == len(word):
            found.append(LexiconWord(word, tuple(one[0] for one in read)))
    return found
