"""Spoken numbers as one writes them: phone numbers, house numbers, counts."""

import re
from dataclasses import dataclass

_DIGITS = {
    char: str(value)
    for value, chars in enumerate(("零〇○洞", "一幺", "二两", "三", "四", "五", "六", "七", "八", "九"))
    for char in chars
}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_SPOKEN = "零〇○洞一幺二两三四五六七八九"
NUMBER = f"[0-9{_SPOKEN}十百千万]+"
"""Pattern of a number, spoken or written."""
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(?:0\d{2,3})?[2-8]\d{6,7}(?!\d)")
_NO_DIGIT = "一[直样下起定个些]"
"""Words that begin like a digit."""
_GAP = r"[，,、\s\-]{0,2}"

_FEWEST_ANEW = 2
_AGAIN = re.compile(f"(?:不对|错了|说错了?|不是)[^0-9{_SPOKEN}]{{0,6}}(?P<digits>(?:[0-9{_SPOKEN}]{_GAP})+)")


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone number with the words it was said in."""

    number: str
    words: str
    mobile: bool


def value_of(text: str) -> str:
    """Return a number in digits: 八十八 → 88, 一零三 → 103, 两百零五 → 205, 两千三 → 2300, 88 → 88.

    Raises:
        ValueError: it holds something that is no numeral.
    """
    plain = "".join(_DIGITS.get(char, char) for char in text)
    if plain.isdigit():
        return plain
    if not re.fullmatch(r"[\d十百千万]+", plain):
        raise ValueError(f"not a number: {text!r}")
    return str(_sum(plain))


def _sum(plain: str) -> int:
    if "万" in plain:
        high, low = plain.split("万", 1)
        rest = int(low) * 1000 if re.fullmatch("[1-9]", low) else _sum(low) if low else 0
        return (_sum(high) if high else 1) * 10_000 + rest
    total, digit = 0, 0
    seen = False
    for char in plain:
        if char in _UNITS:
            total += (digit if seen else 1) * _UNITS[char]
            digit, seen = 0, False
        else:
            digit, seen = digit * 10 + int(char) if seen else int(char), True
    return total + digit * _tenths(plain)


def _tenths(plain: str) -> int:
    """Return what a last digit counts: in 两千三 it counts hundreds; in 两千零三 and 二十三 ones."""
    return _UNITS[plain[-2]] // 10 if re.search("[百千][1-9]$", plain) else 1


def digits_written(text: str) -> str:
    """Return `text` with every digit word as a digit (一三九 → 139); 十百千万 stay."""
    return "".join(_DIGITS.get(char, char) for char in text)


def phones(text: str) -> list[Phone]:
    """Return the phone numbers said in `text`, mobile numbers first."""
    runs = re.finditer(f"(?:(?!{_NO_DIGIT})[0-9{_SPOKEN}]{_GAP})+", text)
    mobiles: list[Phone] = []
    others: list[Phone] = []
    for run in runs:
        number = re.sub(r"\D", "", digits_written(run.group()))
        if found := _MOBILE.search(number):
            mobiles.append(Phone(found.group(), run.group().strip("，,、 -"), mobile=True))
        elif found := _LANDLINE.fullmatch(number):
            others.append(Phone(found.group(), run.group().strip("，,、 -"), mobile=False))
    return [_corrected(text, one) for one in reversed(mobiles)] + others


def _corrected(text: str, phone: Phone) -> Phone:
    """一五零…零零一一不对是零零一二: digits said anew take the place of the last ones."""
    rest = text[text.find(phone.words) + len(phone.words) :]
    again = _AGAIN.search(rest)
    digits = re.sub(r"\D", "", digits_written(again["digits"])) if again else ""
    if again is None or not _FEWEST_ANEW <= len(digits) < len(phone.number):
        return phone
    return Phone(phone.number[: -len(digits)] + digits, phone.words + rest[: again.end()], phone.mobile)
