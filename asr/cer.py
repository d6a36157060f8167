"""Character error rate and its friends. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_NUMERALS = str.maketrans("0123456789", "零一二三四五六七八九")
_SAME = str.maketrans({"幺": "一", "洞": "零", "〇": "零", "○": "零"})
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
    """Return the error rate over (wanted, got) pairs, each normalised first; long texts weigh more."""
    errors = characters = 0
    for wanted, got in pairs:
        left, right = normalise(wanted), normalise(got)
        errors += distance(left, right)
        characters += len(left)
    return ErrorRate(errors, characters)


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
