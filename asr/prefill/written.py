"""What was spoken as one writes it: digit strings, house numbers, sums, dates and times of day."""

import re

from asr.prefill.numerals import digits_written, value_of

_DIGITS = "零〇○洞一幺二两三四五六七八九"
_NUMERALS = f"{_DIGITS}十百千万"
_STRING = re.compile("[零〇○洞一幺二三四五六七八九]{3,}")
_COUNTED = (
    "号楼|号院|号|栋|幢|单元|室|层|楼|元|块钱|块|角|岁|年|个月|月|日|天|点钟|点|小时|分钟|平方米|平米|公里|米|度"
    "|路(?:公交)?车|路公交|户|人次|吨|公斤|斤|%"
)
_NUMBER = re.compile(
    f"(?<![{_NUMERALS}])([{_NUMERALS}]*[十百千万][{_NUMERALS}]*|[{_DIGITS}]{{2,}})(?=多?(?:{_COUNTED}))"
)
_SINGLE = re.compile(
    f"(?<![{_NUMERALS}上下])([{_DIGITS}])(?=(?:号楼|号院|栋|幢|单元|室|月(?!份?饼)|点(?:钟|半|[{_NUMERALS}])))"
)
_PERCENT = re.compile(f"百分之([{_NUMERALS}]+)(?:点([{_DIGITS}]+))?")
_TRAILING = re.compile("一(?=[直样下起定个些])")


def with_digits(text: str) -> str:
    """Return `text` with digit strings (phones, ID and ticket numbers) in digits; other numbers stay as spoken."""

    def written(found: re.Match[str]) -> str:
        said = found.group()
        follows = text[found.end() : found.end() + 1]
        # 一三九…五一直没人接: the last 一 belongs to the word after it
        if said.endswith("一") and follows and _TRAILING.match(f"一{follows}"):
            return (digits_written(said[:-1]) if len(said) > 3 else said[:-1]) + "一"  # noqa: PLR2004 - shortest string
        return digits_written(said)

    return _STRING.sub(written, text)


def written(text: str) -> str:
    """Return `text` with digit strings, house numbers, sums, dates, times and percentages in digits."""
    text = _PERCENT.sub(_percent, text)
    text = _NUMBER.sub(lambda found: _value(found.group(1)), text)
    text = _SINGLE.sub(lambda found: _value(found.group(1)), text)
    return with_digits(text)


def _percent(found: re.Match[str]) -> str:
    rest = f".{digits_written(found.group(2))}" if found.group(2) else ""
    return f"{_value(found.group(1))}{rest}%"


def _value(said: str) -> str:
    try:
        return value_of(said)
    except ValueError:
        return said
