"""Which other line should be brought in: life in danger goes to 110, 119, 120; trades have lines of their own."""

import re
from collections.abc import Iterator, Sequence

_LINES: tuple[tuple[str, str], ...] = (
    ("119", "着火|起火|失火|火灾|冒烟|爆炸|被困电梯|困在电梯|困在.{0,6}(?:电梯|楼)"),
    ("120", "晕倒|昏迷|流血|中毒|心脏病|没有呼吸|受伤|溺水|触电"),
    ("110", "打架|打人|打老婆|打老公|持刀|抢劫|偷东西|被偷|家暴|跳楼|自杀|轻生|走失|走丢|诈骗|被骗"),
    ("122", "车祸|交通事故|撞车|撞人|被车撞"),
    ("12328", "出租车|网约车|公交车?(?:司机|.{0,20}(?:不停|拒载|不到|没来))|客运"),
    ("12315", "过期食品|假货|不给退款|不退款|退钱|缺斤少两|消费(?:者)?(?:纠纷|投诉)|预付卡|办的卡|退不了"),
    ("12333", "拖欠.{0,6}工资|(?:没|不)发.{0,4}工资|工资.{0,4}(?:没发|不发|不给)|欠薪|劳动合同|工伤|社保"),
    ("12393", "医保"),
    ("12369", "偷排|废气|排污|死鱼"),
    ("12329", "公积金"),
    ("12366", "税务|发票|个税|纳税"),
    ("95598", "停电|断电|电压"),
)
EMERGENCY_LINES = frozenset({"110", "119", "120", "122"})
_DENIED = re.compile("(?:没有|没|不会|不是|并未|万一|要是|如果|容易|担心|防止|怕)[^,。,]{0,3}$")


def hotlines_in(texts: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """Yield (number, words, index of the text) of the lines a matter belongs to, the most urgent first."""
    for number, pattern in _LINES:
        told = ((found, index) for index, text in enumerate(texts) for found in re.finditer(pattern, text))
        for found, index in told:
            if not _DENIED.search(found.string[: found.start()]):
                yield number, found.group(), index
                break
