"""Rules for digits and spoken numbers: the language model knows few of them, callers say many."""

import re
from collections.abc import Sequence

from asr.pinyin.syllables import Syllable

_DIGITS = {
    "ling": ("零", 2),
    "dong": ("零", 4),
    "yi": ("一", 1),
    "yao": ("幺", 1),
    "er": ("二", 4),
    "san": ("三", 1),
    "si": ("四", 4),
    "wu": ("五", 3),
    "liu": ("六", 4),
    "lu": ("六", 4),
    "qi": ("七", 1),
    "ba": ("八", 1),
    "jiu": ("九", 3),
}
_NUMERALS = {
    "ling": ("零", 2),
    "yi": ("一", 1),
    "er": ("二", 4),
    "liang": ("两", 3),
    "san": ("三", 1),
    "si": ("四", 4),
    "wu": ("五", 3),
    "liu": ("六", 4),
    "qi": ("七", 1),
    "ba": ("八", 1),
    "jiu": ("九", 3),
    "shi": ("十", 2),
    "bai": ("百", 3),
    "qian": ("千", 1),
    "wan": ("万", 4),
}
NUMERALS = frozenset("零幺一二两三四五六七八九十百千万")
"""Characters that a spoken number or digit string is made of."""
COUNTED = frozenset(
    [
        "号",
        "号楼",
        "号院",
        "栋",
        "幢",
        "室",
        "楼",
        "层",
        "单元",
        "元",
        "块",
        "块钱",
        "路",
        "岁",
        "年",
        "月",
        "日",
        "度",
        "点",
        "点钟",
        "平方米",
    ]
)
"""Words that follow a number in addresses, sums and dates."""
_ONE = "[一二两三四五六七八九]"
_BELOW_10000 = f"(?:{_ONE}千)?(?:零?{_ONE}百)?(?:零?{_ONE}?十)?(?:零?{_ONE})?"
_NUMBER = re.compile(f"(?:{_BELOW_10000}万)?{_BELOW_10000}")
_LONGEST = 24
_SHORTEST_DIGITS = 3
_TONE_PENALTY = -0.4


def digit_runs(heard: Sequence[Syllable], end: int) -> list[tuple[int, str, float]]:
    """Return (first position, digits, log10 score) of the digit strings that end before position `end`."""
    found, text, tones = [], "", 0.0
    for position in range(end - 1, max(-1, end - 1 - _LONGEST), -1):
        digit = _DIGITS.get(heard[position].plain)
        if digit is None:
            break
        text = digit[0] + text
        tones += 0.0 if digit[1] == heard[position].tone else _TONE_PENALTY
        if len(text) >= _SHORTEST_DIGITS:
            found.append((position, text, -3.0 - 1.0 * len(text) + tones))
    return found


def spoken_numbers(heard: Sequence[Syllable], end: int) -> list[tuple[int, str, float]]:
    """Return (first position, number, log10 score) of the spoken numbers with 十百千万 that end before `end`."""
    found, text, tones = [], "", 0.0
    for position in range(end - 1, max(-1, end - 1 - _LONGEST), -1):
        numeral = _NUMERALS.get(heard[position].plain)
        if numeral is None:
            break
        text = numeral[0] + text
        tones += 0.0 if numeral[1] == heard[position].tone else _TONE_PENALTY
        if len(text) > 1 and re.search("[十百千万]", text) and _NUMBER.fullmatch(text):
            found.append((position, text, -2.5 - 0.8 * len(text) + tones))
    return found
