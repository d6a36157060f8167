"""Urgent matters: the public emergencies of YC-15 and whatever threatens life and property (FJ-20.5)."""

import re

_TOPICS: tuple[tuple[str, str], ...] = (
    (
        "生命安全",
        "救命|出人命|死人|昏迷|晕倒|受伤|流血|自杀|跳楼|轻生|中毒|触电|溺水|落水|被困|困在|煤气中毒|生命危险|非常危险|很危险|掉下去",
    ),
    ("火灾", "火灾|着火|起火|失火|冒烟|爆炸|火情"),
    ("气", "停气|漏气|燃气泄漏|煤气泄漏|天然气泄漏|煤气味|燃气味"),
    ("电", "停电|断电|漏电|电线(?:掉|断|垂|裸露)|压在电线|变压器"),
    ("水", "停水|断水|爆管|水管(?:爆|破|裂)|自来水.{0,4}(?:爆|漏)"),
    ("洪涝", "洪水|洪涝|内涝|被淹|淹了|决堤|溃堤|涨水"),
    ("泥石流", "泥石流|山体滑坡|滑坡|塌方"),
    ("道路", "塌陷|坍塌|路面(?:塌|陷)|桥(?:断|塌)|井盖(?:丢|没|不见|缺|坏)|道路(?:中断|塌)"),
)
EMERGENCIES = {
    "水": "water", "电": "power", "气": "gas", "道路": "road", "火灾": "fire", "洪涝": "flood", "泥石流": "landslide",
}  # fmt: skip
"""Topics of YC-15 with the codes that a ticket's `public_emergency` takes."""
_DENIED = re.compile("(?:没有|没|不会|不是|并未|未|不|万一|要是|如果|容易|担心|防止|怕)[^,。,]{0,3}$")


def urgency_of(text: str) -> tuple[str, str] | None:
    """Return (topic, words) of the most urgent thing said in `text`, or None. 没有着火 is not urgent."""
    for topic, pattern in _TOPICS:
        for found in re.finditer(pattern, text):
            if not _DENIED.search(text[: found.start()]):
                return topic, found.group()
    return None
