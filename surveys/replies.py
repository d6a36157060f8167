"""What a citizen's reply to the survey message means. Pure."""

import re
import unicodedata

from surveys.events import Rating

_WORDS = {
    "1": Rating.SATISFIED,
    "2": Rating.BASICALLY_SATISFIED,
    "3": Rating.DISSATISFIED,
    "一": Rating.SATISFIED,
    "二": Rating.BASICALLY_SATISFIED,
    "三": Rating.DISSATISFIED,
    "满意": Rating.SATISFIED,
    "非常满意": Rating.SATISFIED,
    "很满意": Rating.SATISFIED,
    "基本满意": Rating.BASICALLY_SATISFIED,
    "比较满意": Rating.BASICALLY_SATISFIED,
    "不满意": Rating.DISSATISFIED,
    "很不满意": Rating.DISSATISFIED,
    "非常不满意": Rating.DISSATISFIED,
    "不太满意": Rating.DISSATISFIED,
}
_NOISE = re.compile(r"[\s\W_]+")
_NUMBER = re.compile(r"([A-Z]{1,4}[0-9]{8}-[0-9]{6,})")


def parse(text: str) -> Rating | None:
    """Return the rating a reply means; None when it is not sure.

    Full-width digits, spaces, punctuation, the ticket number and a digit followed by its own word are understood.
    A text that says two different things, or more than a rating, is left to a person.
    """
    plain = unicodedata.normalize("NFKC", text).upper()
    plain = _NOISE.sub("", _NUMBER.sub("", plain)).removeprefix("回复").removeprefix("选")
    if plain in _WORDS:
        return _WORDS[plain]
    digit, word = plain[:1], plain[1:]
    if digit in "123" and digit and word in _WORDS and _WORDS[word] is _WORDS[digit]:
        return _WORDS[digit]
    return None


def ticket_number(text: str) -> str | None:
    """Return the ticket number a reply names, if it names one."""
    found = _NUMBER.search(unicodedata.normalize("NFKC", text).upper())
    return found.group(1) if found else None
