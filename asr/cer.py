"""Character error rate and its friends. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import cn2an

_NUMERALS = str.maketrans("0123456789", "零一二三四五六七八九")
_SAME = str.maketrans({"幺": "一", "洞": "零", "〇": "零", "○": "零"})
_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)(%?)")
_LONGEST_NUMBER = 9
"""Digits; longer ones (phones, identity cards) are said digit by digit."""
_MOST_NUMBERS = 12
"""Of one text that are tried as numbers; each costs a comparison."""
_DIGIT_RUN = re.compile("[零一二三四五六七八九]{5,}")


def normalise(text: str) -> str:
    """Return `text` as it is compared: NFKC, upper case, digits as 零一二…, without punctuation and spaces."""
    folded = unicodedata.normalize("NFKC", text).upper().translate(_NUMERALS).translate(_SAME)
    return "".join(char for char in folded if unicodedata.category(char)[0] in "LN")


def distance(wanted: str, got: str) -> int:
    """Return the Levenshtein distance in characters."""
    row = list(range(len(got) + 1))
    for index, left in enumerate(wanted, 1):
        diagonal, row[0] = row[0], index
        for column, right in enumerate(got, 1):
            diagonal, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, diagonal + (left != right))
    return row[-1]


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """Errors against the characters that were wanted."""

    errors: int
    characters: int

    @property
    def percent(self) -> float:
        """Error rate in %; 0 for nothing wanted and nothing got."""
        return 100.0 * self.errors / self.characters if self.characters else (100.0 if self.errors else 0.0)


def error_rate(pairs: Iterable[tuple[str, str]]) -> ErrorRate:
    """Return the error rate over (wanted, got) pairs, each normalised first; long texts weigh more.

    Numbers in digits, on either side, count as read out in the way that fits the other side.
    """
    errors = characters = 0
    for wanted, got in pairs:
        right = _as_said(got, normalise(wanted))
        left = _as_said(wanted, right)
        errors += distance(left, right)
        characters += len(left)
    return ErrorRate(errors, characters)


def _as_said(text: str, other: str) -> str:
    """Return `text` normalised, its written numbers read (88: 八八 or 八十八) as fits `other` best.

    Tables of sound and text are made by people who write 88 or 八十八; neither is a fault of the one who hears.
    """
    folded = unicodedata.normalize("NFKC", text)
    best = normalise(folded)
    found = list(_WRITTEN.finditer(folded))[:_MOST_NUMBERS]
    errors = distance(best, other) if found else 0
    for number in reversed(found):
        if not errors:
            break
        tried = folded[: number.start()] + _read_out(number) + folded[number.end() :]
        if (now := distance(normalise(tried), other)) < errors:
            folded, best, errors = tried, normalise(tried), now
    return best


def _read_out(number: re.Match[str]) -> str:
    digits, percent = number.groups()
    said = digits if len(digits) > _LONGEST_NUMBER else str(cn2an.an2cn(digits, "low"))
    return f"百分之{said}" if percent else said


def digit_strings(text: str) -> list[str]:
    """Return the runs of at least five digits in `text`, as Chinese numerals."""
    return _DIGIT_RUN.findall(normalise(text))


def digit_accuracy(pairs: Iterable[tuple[str, str]]) -> tuple[int, int]:
    """Return (digit strings got exactly, digit strings wanted) over (wanted, got) pairs."""
    right = total = 0
    for wanted, got in pairs:
        found = digit_strings(got)
        for string in digit_strings(wanted):
            total += 1
            if string in found:
                found.remove(string)
                right += 1
    return right, total
