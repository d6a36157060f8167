"""Where numbers of identity and bank cards were spoken, so that they can be muted in what is played. Pure.

What a number is tells the words around it (agents ask for it) or its length. When in doubt it is muted: who needs it
may hear it with a reason.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from asr.recogniser import Heard

_NUMERALS = frozenset("0123456789零〇○洞幺一二两三四五六七八九Xx叉")
_FEWEST = 4
"""Digits of a number that is looked at; the last four of a card are asked for too."""
_LONG = 14
"""Digits from which a number is a card's whatever is said around it; phones and tickets are shorter."""
_ASKED = re.compile("身份证|证件号|银行卡|卡号|社保卡|医保卡|存折|账号|帐号|尾号")
_ASKED_FOR = timedelta(seconds=30)
"""After such a word, by whom ever, numbers are taken to be what it asks for."""
_TOGETHER = timedelta(seconds=6)
"""Parts of one number are said with pauses no longer than this."""
_MOSTLY = 0.6
"""Share of digits from which an utterance may be a part of a longer number."""
_NO_SOUND = re.compile(r"[\s,,.。、;;::!!??-]")
_MARGIN_MS = 200


@dataclass(frozen=True, slots=True)
class NumberSpan:
    """A spoken number in an utterance: from and to (ms since the utterance began), and how many digits."""

    start_ms: int
    end_ms: int
    digits: int

    @classmethod
    def read(cls, text: str) -> "tuple[NumberSpan, ...]":
        """Read what `written` gave."""
        return tuple(cls(*map(int, one.split("-"))) for one in text.split())


def written(spans: Sequence[NumberSpan]) -> str:
    """Return spans as text: `start-end-digits`, joined by spaces."""
    return " ".join(f"{one.start_ms}-{one.end_ms}-{one.digits}" for one in spans)


def number_spans(heard: Heard) -> tuple[NumberSpan, ...]:
    """Return the numbers of an utterance; without word times all of it counts when a number is in it."""
    if not heard.words:
        digits = _longest_run(heard.text)
        return (NumberSpan(0, heard.end_ms - heard.start_ms, digits),) if digits >= _FEWEST else ()
    return tuple(_runs(heard))


def _longest_run(text: str) -> int:
    runs = "".join(char if char in _NUMERALS else " " for char in _NO_SOUND.sub("", text)).split()
    return max(map(len, runs), default=0)


def _runs(heard: Heard) -> Iterator[NumberSpan]:
    start, end, digits = 0, 0, 0
    for word in heard.words:
        if _NUMERALS.issuperset(word.text):
            start = start if digits else word.start_ms
            end, digits = word.end_ms, digits + len(word.text)
            continue
        if digits >= _FEWEST:
            yield NumberSpan(start - heard.start_ms, end - heard.start_ms, digits)
        digits = 0
    if digits >= _FEWEST:
        yield NumberSpan(start - heard.start_ms, end - heard.start_ms, digits)


@dataclass(frozen=True, slots=True)
class Spoken:
    """An utterance as the rule sees it."""

    leg_id: str
    text: str
    started_at: datetime
    ended_at: datetime
    numbers: tuple[NumberSpan, ...]


Stretch = tuple[datetime, datetime]


def private_stretches(spoken: Sequence[Spoken]) -> list[Stretch]:
    """Return from when to when numbers of cards were said in a call, given its utterances in the order they began."""
    found = []
    asked_at: datetime | None = None
    for index, one in enumerate(spoken):
        if _ASKED.search(one.text):
            asked_at = one.ended_at
        asked = asked_at is not None and one.started_at <= asked_at + _ASKED_FOR
        long = asked or _digits_together(spoken, index) >= _LONG
        found += [_stretch(one, number) for number in one.numbers if long or number.digits >= _LONG]
        if asked and one.numbers:
            asked_at = one.ended_at
    return found


def _digits_together(spoken: Sequence[Spoken], index: int) -> int:
    """Return how many digits an utterance has with those before and after it on the same leg that go on with it."""
    one = spoken[index]
    leg = [other for other in spoken if other.leg_id == one.leg_id]
    first = last = leg.index(one)
    while first > 0 and _goes_on(leg[first - 1], leg[first]):
        first -= 1
    while last + 1 < len(leg) and _goes_on(leg[last], leg[last + 1]):
        last += 1
    return sum(number.digits for other in leg[first : last + 1] for number in other.numbers)


def _goes_on(earlier: Spoken, later: Spoken) -> bool:
    """Tell whether two utterances may be parts of one number: hardly anything else is said in either."""
    return later.started_at - earlier.ended_at <= _TOGETHER and _is_number(earlier) and _is_number(later)


def _is_number(one: Spoken) -> bool:
    text = _NO_SOUND.sub("", one.text)
    return bool(one.numbers) and sum(char in _NUMERALS for char in text) >= _MOSTLY * len(text)


def _stretch(one: Spoken, number: NumberSpan) -> Stretch:
    return (
        one.started_at + timedelta(milliseconds=number.start_ms - _MARGIN_MS),
        one.started_at + timedelta(milliseconds=number.end_ms + _MARGIN_MS),
    )
