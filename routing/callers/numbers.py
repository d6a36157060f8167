"""One form for one number, as it is dialled within China. The dialplan does the same (`hotline-national`)."""

import re

_EMERGENCY = frozenset({"110", "119", "120", "122"})
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0[1-9][0-9]{8,10}")
_LOCAL = re.compile(r"[2-9][0-9]{6,7}")
_SHORTEST_WITH_AREA = 9
_WITH_ZERO = re.compile(r"01[3-9][0-9]{9}")


def national(number: str) -> str:
    """Return the digits as dialled within China: +86 and 0086 go, landlines get their 0, mobiles lose it.

    A number of another country keeps its 00. Empty when there is no digit.
    """
    digits = re.sub(r"[^0-9+]", "", number)
    if digits.startswith("+"):
        digits = "00" + digits.replace("+", "")
    digits = digits.replace("+", "")
    if digits.startswith("0086"):
        digits = digits[4:]
        if not digits.startswith("0") and len(digits) >= _SHORTEST_WITH_AREA:
            digits = "0" + digits
    return digits[1:] if _WITH_ZERO.fullmatch(digits) else digits


def is_reachable(number: str) -> bool:
    """Tell whether a number in national form can be called back: mobile, landline with area code, or local."""
    return any(form.fullmatch(number) for form in (_MOBILE, _LANDLINE, _LOCAL))


def is_emergency(number: str) -> bool:
    """Tell whether this is police, fire, ambulance or traffic police (they call the hotline too)."""
    return number in _EMERGENCY
