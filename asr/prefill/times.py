"""When the matter happened or happens, in the caller's own words."""

import re

_N = "[0-9零〇一二两三四五六七八九十]{1,4}"
_PART = "凌晨|清晨|早上|上午|中午|午休|下午|傍晚|晚上|夜里|半夜|深夜|通宵"
_DAY = (
    "今天|昨天|前天|昨晚|今晚|今早|前几天|这几天|最近|上个?(?:星期|周|礼拜)[一二三四五六日天]?|上个?月|去年|今年|每天|每晚|天天"
    f"|(?:{_N}年)?{_N}月(?:{_N}[日号])?|{_N}号(?!楼|院|线|门)|周[一二三四五六日末]|星期[一二三四五六日天]"
)
_CLOCK = f"{_N}点(?:钟|半|{_N}分?)?"
_SPAN = f"(?:已经|持续|停了|坏了)?(?:有)?{_N}(?:个多?)?(?:多)?(?:天|个月|个星期|周|年)(?:了|多)"
_WHEN = re.compile(
    f"(?:(?:{_DAY})(?:的)?(?:{_PART})?(?:{_CLOCK})?(?:(?:到|至)(?:{_PART})?{_CLOCK})?|(?:{_PART})(?:{_CLOCK})|{_SPAN})"
)


def time_in(text: str) -> str | None:
    """Return the most exact time said in `text` (上个星期二下午), or None."""
    found = [one.group() for one in _WHEN.finditer(text)]
    return max(found, key=len, default=None)
