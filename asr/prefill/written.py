"""What was spoken as one writes it: digit strings, house numbers, sums, dates, times, shares and plates."""

import re

from asr.prefill.numerals import digits_written, value_of

_DIGITS = "零〇○洞一幺二两三四五六七八九"
_NUMERALS = f"{_DIGITS}十百千万"
_STRING = re.compile("[零〇○洞一幺二三四五六七八九]{3,}")
_OF_PLACES = "号楼|号院|号|栋|幢|单元|室|路(?:公交)?车|路公交"
_OF_AMOUNTS = (
    "层|楼|元|块钱|块|角|毛|岁|年|个月|月|日|天|点钟|点|小时|分钟|分贝|平方米|平米|公里|米|度|户|人次|吨|公斤|斤|%"
)
_NUMBER = re.compile(
    f"(?<![{_NUMERALS}几数])([{_NUMERALS}]*[十百千万][{_NUMERALS}]*|[{_DIGITS}]{{2,}})"
    f"(?=多?(?P<counted>{_OF_PLACES}|{_OF_AMOUNTS}))"
)
_COLLOQUIAL = re.compile(
    f"(?<![{_NUMERALS}第])([{_NUMERALS}]*[一二两三四五六七八九][百千万][一二三四五六七八九])(?![{_NUMERALS}个])"
)
"""一万二, 三百五: what stands last counts tenths of the unit before it."""
_SINGLE = re.compile(
    f"(?<![{_NUMERALS}上下])([{_DIGITS}])"
    f"(?=(?:号楼|号院|栋|幢|单元|室|月(?!份?饼)|点(?:钟|半|[{_NUMERALS}])|路公交|元|[块毛角]钱|块[{_DIGITS}]))"
)
_DAY = re.compile(f"(?<=月)([{_NUMERALS}]{{1,3}})(?=[日号])")
_HOUR = re.compile("(?<=上午|下午|晚上|早上|凌晨|中午)([二两三四五六七八九])(?=点(?!多?[儿的]))")
_UNTIL = re.compile(f"([二两三四五六七八九])点(到|至)([{_NUMERALS}]{{1,3}})点")
_MINUTES = re.compile(f"(?<=\\d点)([{_NUMERALS}]{{2,3}})(?=分(?!之))")
_SMALL_CHANGE = re.compile(f"(?<=\\d块)([{_DIGITS}])(?=毛|角|[^{_NUMERALS}]|$)")
_DECIMAL = re.compile(f"(?<![{_NUMERALS}])([{_NUMERALS}]+)点([{_DIGITS}]+)(?=多?(?:万|{_OF_AMOUNTS}|倍))")
_PERCENT = re.compile(f"百分之([{_NUMERALS}]+)(?:点([{_DIGITS}]+))?")
_ABOUT = re.compile("一二|两三|二三|三四|三五|四五|五六|六七|七八|八九")
"""Two neighbours are about so many (两三百, 五六十户), unless they number a house."""
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(f"(?<=[{_PROVINCES}])[A-Za-z]\\s?(?:[A-Za-z0-9零〇洞一幺二三四五六七八九]\\s?){{5,6}}")
_IDENTITY_END = re.compile(r"(?<!\d)(\d{17})\s?[xX叉]")
_TRAILING = re.compile("一(?=[直样下起定个些])")


def _with_digits(text: str) -> str:
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
    """Return `text` with what is spoken as a number as one writes it.

    Digit strings, house numbers, sums, dates, times, percentages, identity cards and number plates; about so many
    (两三天) and what only sounds like a number (一直, 万一) stay as spoken.
    """
    text = _PLATE.sub(lambda found: digits_written(re.sub(r"\s", "", found.group())).upper(), text)
    text = _PERCENT.sub(_percent, text)
    text = _UNTIL.sub(lambda found: f"{_value(found[1])}点{found[2]}{_value(found[3])}点", text)
    text = _DECIMAL.sub(lambda found: f"{_value(found[1])}.{digits_written(found[2])}", text)
    text = _NUMBER.sub(_counted, text)
    text = _COLLOQUIAL.sub(lambda found: _value(found[1]), text)
    for single in (_SINGLE, _DAY, _HOUR, _MINUTES, _SMALL_CHANGE):
        text = single.sub(lambda found: _value(found[1]), text)
    return _IDENTITY_END.sub(r"\1X", _with_digits(text))


def _counted(found: re.Match[str]) -> str:
    said = found[1]
    is_of_place = re.fullmatch(_OF_PLACES, found["counted"]) is not None
    if (about := _ABOUT.search(said)) and (not is_of_place or len(said) > len(about[0])) and not _is_string(said):
        return said
    if said[0] in "百千万":  # 上百, 几千
        return said
    if said[0] == "零" and found["counted"] in ("天", "日", "个月"):  # 三个月零五天
        return f"零{_value(said[1:])}"
    return _value(said)


def _is_string(said: str) -> bool:
    return len(said) > 2 and not re.search("[十百千万]", said)  # noqa: PLR2004 - longer than about so many


def _percent(found: re.Match[str]) -> str:
    rest = f".{digits_written(found.group(2))}" if found.group(2) else ""
    return f"{_value(found.group(1))}{rest}%"


def _value(said: str) -> str:
    """Return a number in digits; whole ten thousands keep their 万, as one writes them."""
    try:
        if re.fullmatch(f"[{_NUMERALS}]*[十百千零〇一二两三四五六七八九]万", said):
            return f"{value_of(said[:-1])}万"
        return value_of(said)
    except ValueError:
        return said
