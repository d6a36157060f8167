"""When the matter happened or happens, in the caller's own words, its numbers in digits."""

import re

from asr.prefill.numerals import value_of

_N = "[0-9零〇一二两三四五六七八九十]{1,4}"
_PART = "凌晨|清晨|早上|上午|中午|午休|下午|傍晚|晚上|夜里|半夜|深夜|通宵"
_DAY = (
    "今天|昨天|前天|昨晚|今晚|今早|前几天|这几天|最近|上个?(?:星期|周|礼拜)[一二三四五六日天]?|上个?月|去年|今年|每天|每晚|天天"
    f"|(?:{_N}年)?{_N}月(?:{_N}[日号])?|{_N}号(?={_PART}|那天|开始|之前|以后)|周[一二三四五六日末]|星期[一二三四五六日天]"
)
_CLOCK = f"{_N}点(?:钟|半|{_N}分?)?"
_WHEN = re.compile(
    f"(?:{_DAY})(?:的)?(?:{_PART})?(?:{_CLOCK})?(?:(?:到|至)(?:{_PART})?{_CLOCK})?|(?:{_PART})(?:{_CLOCK})"
)
_SPAN = re.compile(f"(?:(?<!周)(?<!星期){_N}|半)(?:个多?)?(?:多)?(?:天|个?月|个?星期|个?礼拜|周|年)(?:了|多)?")
_NUMBER = re.compile(f"({_N})(?=点|分|[号日月年])")


def time_in(text: str) -> str | None:
    """Return the most exact time said in `text` (上个星期二下午), else how long it has lasted (半个月了), or None."""
    found = [one.group() for one in _WHEN.finditer(text)] or [one.group() for one in _SPAN.finditer(text)]
    return max(found, key=len, default=None)


def is_instant(words: str) -> bool:
    """Tell whether `words` name a day or an hour, not only how long something has lasted."""
    return _WHEN.search(words) is not None


def time_written(words: str) -> str:
    """Return a time with the numbers of its day and clock in digits (晚上八点 → 晚上8点)."""
    return _NUMBER.sub(lambda found: value_of(found.group(1)), words)
