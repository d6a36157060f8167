"""Where the matter is: from district to house number, written as one writes it."""

import re

from asr.prefill.numerals import NUMBER, value_of

_STOP = "我在们你他是的了着到和与跟地址位于就请问说有这那里住点反映投诉举报,。,、!?!?；;：:"
_NAME = f"(?:[^{_STOP}0-9\\s号]|(?<=[共人永祥嘉颐])和|和(?=[平谐睦顺])|里(?=小区))"
"""A character of a name; 和 joins two places, but stands in 共和路 and 和平街."""
_DISTRICT = (
    f"(?:{_NAME}{{2,3}}省)?(?:{_NAME}{{2,4}}?市)?(?:{_NAME}{{1,4}}?(?:区|县|市))?(?:{_NAME}{{1,4}}?(?:新区|开发区|园区))?"
    f"(?:{_NAME}{{1,4}}?(?:街道|镇|乡))?"
)
_STREET = f"{_NAME}{{1,6}}?(?:大道|大街|路|街(?![道村])|巷|弄|胡同)(?:[东西南北中]段)?"
_CROSSING = f"(?:(?:和|与|跟){_STREET}(?:(?:的|那个)?(?:交叉口|路口|交汇处|交界处))?)?"
_ESTATE = (
    f"{_NAME}{{1,8}}?(?:小区|花园|家园|公寓|广场|花苑|嘉园|新村|佳苑|名苑|新城|大厦|市场|学校|小学|中学|医院"
    "|村|组|社区|公园|工业园)(?:小区)?"
)
_HOUSE = f"(?:{NUMBER}(?:号楼|号院|号|栋|幢|弄|单元|层|楼|室|门))"
_PLACE = re.compile(
    f"(?P<district>{_DISTRICT})(?P<street>(?:{_STREET}{_CROSSING})?)(?P<no>{_HOUSE}*)[，,]?"
    f"(?P<estate>(?:{_ESTATE})?)(?P<house>{_HOUSE}*)"
)
_AFTER = re.compile(
    f"{_NAME}{{2,8}}?(?:超市|饭店|酒店|餐馆|宾馆|商场|诊所|驾校|学校|水岸|国际|小区|[园苑府城])(?:{_HOUSE})*"
)
"""What stands behind a house number: a name that by itself would be no place."""
_DOOR = re.compile(f"门牌(?:号码?)?(?:是|为)?(?P<no>{NUMBER}号)")
_SHORTEST = 3
_BUS_LINE = re.compile("(?:车|公交).{0,3}路|[百十]路$")
_NOT_PLACES = re.compile(
    "(?:马路|道路|公路|走路|半路|网路|思路|线路|小区|社区|地区|城区|市区|医院"
    "|学校|学区|市场|广场|街道|农村|本村|全市|城市|超市)$"
)
_LEAD = re.compile(
    "^(?:和您核对一下|麻烦|关于|附近|对面|旁边|因为|所以|然后|但是|今天|昨天|还是|应该|一下"
    "|楼下|我们|咱们|那个|这个|个|在|从|对|与|和|把|被|去|叫)+"
)


def place_in(text: str) -> tuple[str, str] | None:
    """Return (place as written, words it was said in) of the most exact place in `text`, or None."""
    best: tuple[int, str, str] | None = None
    for start in range(len(text)):
        found = _PLACE.match(text, start)
        if found is None or not (weight := _weight(found)):
            continue
        words = _whole(found, text)
        if best is None or (weight, len(words)) > (best[0], len(best[2])):
            best = (weight, written(words), words)
    return (best[1], best[2]) if best else None


def written(words: str) -> str:
    """Return a place with its numbers in digits (建国路八十八号院三号楼 → 建国路88号院3号楼)."""
    return (
        re.sub(f"({NUMBER})(?=号楼|号院|号|栋|幢|弄|单元|层|楼|室|门)", lambda match: value_of(match.group(1)), words)
        .replace("，", "")
        .replace(",", "")
        .replace("那个", "")
    )


def _whole(found: re.Match[str], text: str) -> str:
    """Return the words of a place with what stands behind its number, or the number said apart from it."""
    words = found.group().strip("，,")
    if found["no"] and not found["estate"] and (behind := _AFTER.match(text, found.end())):
        return words + behind.group()
    if found["street"] and not found["no"] and (door := _DOOR.search(text, found.end())):
        return words + door["no"]
    return words


def _weight(found: re.Match[str]) -> int:
    words = found.group()
    if len(words) < _SHORTEST or _LEAD.match(words) or _BUS_LINE.search(found["street"]):
        return 0
    parts = {name: text for name, text in found.groupdict().items() if text}
    weights = {"district": 2, "street": 4, "no": 3, "estate": 3, "house": 2}
    named = {name for name in ("district", "street", "estate") if name in parts}
    if not named or (named <= {"estate", "street"} and all(_is_common(parts[name]) for name in named)):
        return 0
    if named == {"district"}:
        return 2 if len(words) > _SHORTEST - 1 and not _NOT_PLACES.search(words) else 0
    return sum(weights[name] for name in parts)


def _is_common(name: str) -> bool:
    return len(name) <= 2 or bool(_NOT_PLACES.fullmatch(name))  # noqa: PLR2004 - 马路, 小区: a kind without a name
