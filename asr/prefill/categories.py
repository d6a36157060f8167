"""Category of an appeal from its words; only ever proposed (AMB-45). Weights per phrase, strongest sum wins."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_ASKING = (
    "什么时候|何时|几时|多久|是否|能否|可否|有没有(?:规定|政策|规划|计划|时间)|什么(?:政策|规定|条件|流程|标准|时间)"
    "|怎么(?:办理|办|补办|申请|申报|报销|查|收费|规定)|如何(?:办理|申请|补办|查询|规划|收费)|多少钱|在哪(?:里|儿)?(?:办|查)|几点"
)
_REPROACH = "到底|究竟|难道|凭什么|为什么|为何|谁来|才能|不管|不作为|还要多久|说好"
"""A question put so is no enquiry but a grievance."""


class _Cue(NamedTuple):
    pattern: str
    weight: float
    most: int = 2
    """How often it counts in one appeal: long texts repeat themselves."""


_CUES: dict[str, tuple[_Cue, ...]] = {
    "举报": (
        _Cue("(?:我要|我想|来|要|特此|现|实名|匿名)?举报", 4.0, 1),
        _Cue("偷工减料|不按(?:照)?(?:设计)?图纸|以次充好|假冒伪劣|贩卖|卖假|制假|无证(?:经营|驾驶|行医)", 1.6),
        _Cue("偷税|逃税|赌博|传销|吸毒|卖淫|受贿|行贿|贪污|吃回扣|套取|骗取|非法(?:经营|采|占|集资)|偷排", 1.6),
        _Cue("违章(?:搭|建)|违法(?:搭|建|占|经营)|私自(?:搭|占|砍|建)", 1.0),
    ),
    "咨询": (
        _Cue(
            "(?:我要|我想|想|来|特此|现)?(?:咨询|询问|请教|打听)|问(?:一)?下|问问|想(?:要)?(?:知道|了解|问)|了解一下",
            3.0,
            1,
        ),
        _Cue("请问|试问|请告知|请(?:给予)?解答|望(?:给予)?(?:解答|答复|回复)|解答一下|请回答", 1.2, 2),
        _Cue("(?:需要|要)(?:带|准备|提供|交)?(?:哪些|什么)(?:材料|手续|证件|资料|条件)", 3.0, 1),
        _Cue(f"(?:{_ASKING})", 1.6, 2),
        _Cue("[吗呢么没][?？]|[吗呢]$|还是.{1,12}[?？]", 0.8, 2),
    ),
    "求助": (
        _Cue("求助|求救|救命|帮帮|请求帮助|(?:希望|请|需要)(?:能)?(?:得到)?(?:帮助|救助)", 3.0, 1),
        _Cue("(?<!领导)请?帮(?:我|忙|助我)|困在|被困|走失|走丢|丢失|(?:弄|搞)丢|没有地方住|打不通|不见了", 1.8),
        _Cue(
            "停水|停电|停气|漏水|漏气|爆管|(?<!万一)(?:着火|起火)|晕倒|落水|快来人|断电|没(?:有)?水|没(?:有)?电|电梯坏",
            1.6,
        ),
    ),
    "建议": (
        _Cue("(?:^|[,。,;；!！\\s]|我|想|有个|提个|提一个|一点|几点|特|本人)建议", 3.4, 1),
        _Cue("建议(?=市|区|县|政府|有关|相关|在|将|对|增|加|把|尽|由|设)", 2.4, 1),
        _Cue("望采纳|敬请采纳|是否可以考虑|可以考虑|希望能(?:增|加|设|建)|不妨", 2.4, 1),
        _Cue("(?:能不能|可不可以|是不是可以)(?:增设|增加|设置|安装|加装|开通)|(?:增设|加装)(?:一个|一些)?", 1.2),
    ),
    "意见": (
        _Cue("(?:提|有)(?:个|点|一些|些|很大)?意见|意见是|不赞成|不认同|不同意|反对", 3.0, 1),
        _Cue("觉得.{0,12}不(?:合理|妥|应该)", 1.2),
    ),
    "投诉": (
        _Cue("(?:我要|我想|要|来|特此|多次|再次|现)?投诉", 4.0, 1),
        _Cue("扰民|噪音|噪声|臭|污水|油烟|垃圾|黑烟|脏乱|污染", 0.9, 2),
        _Cue(
            "态度(?:恶劣|差|不好)|不作为|没人管|没有人(?:管|来修)|推诿|拖欠|欠薪|乱收费|多收|退款|欺骗|过期|不赔|退不了|跑路|拒载|不打表|吵死|太吵",
            1.6,
            2,
        ),
        _Cue("影响(?:我|居民|周边|附近|休息|生活|正常|市民|出行|身体)|严重|忍无可忍|怨声载道|安全隐患", 0.7, 2),
        _Cue(
            "(?:希望|望|请)(?:有关|相关|政府|市|区|领导|部门|尽快|介入|贵)+.{0,10}(?:处理|解决|制止|整治|督促|治理|查|管)",
            0.9,
            2,
        ),
        _Cue("坏了|一直没|没有解决|不解决|到现在|多次反映|至今|迟迟|无人(?:问津|管)", 0.8, 2),
        _Cue(f"(?:{_REPROACH})", 0.7, 2),
    ),
}
_COMPILED = {
    category: tuple((re.compile(cue.pattern), cue.weight, cue.most) for cue in cues) for category, cues in _CUES.items()
}
_LEADS = {"投诉": 0.6, "求助": -1.0, "意见": -1.5}
"""What is added before the sums are compared: eight of ten appeals are complaints, opinions and calls for help are few
and their words (反对, 帮我们) stand in many complaints too, so they must tell more."""
_FIRST_WORDS = 40
_EARLY = 1.5
"""What is said first tells most: `我要投诉` at the beginning outweighs a question later."""


class _Sum:
    """Points of one category, with the strongest evidence for it."""

    def __init__(self) -> None:
        self.points = 0.0
        self.strongest = (0.0, "", 0)

    def add(self, gain: float, words: str, index: int) -> None:
        self.points += gain
        if gain > self.strongest[0]:
            self.strongest = (gain, words, index)


def category_scores(texts: Sequence[str]) -> dict[str, float]:
    """Return the points of every category; 0 for those nothing speaks for."""
    return {category: one.points for category, one in _sums(texts).items()}


def category_of(texts: Sequence[str]) -> tuple[str, float, str, int] | None:
    """Return (category, confidence, words, index of the text) or None when nothing tells."""
    sums = _sums(texts)
    total = sum(one.points for one in sums.values())
    if not total:
        return None
    told = [name for name, one in sums.items() if one.points]
    best = max(told, key=lambda name: sums[name].points + _LEADS.get(name, 0.0))
    _, words, index = sums[best].strongest
    return best, min(0.95, sums[best].points / (total + 1.0)), words, index


def _sums(texts: Sequence[str]) -> dict[str, _Sum]:
    sums = {category: _Sum() for category in _COMPILED}
    for category, cues in _COMPILED.items():
        for pattern, weight, most in cues:
            for words, index, passed in _found(pattern, texts)[:most]:
                sums[category].add(weight * (_EARLY if passed < _FIRST_WORDS else 1.0), words, index)
    return sums


def _found(pattern: re.Pattern[str], texts: Sequence[str]) -> list[tuple[str, int, int]]:
    """Return (words, index of the text, characters said before) of each place where the pattern fits."""
    found, passed = [], 0
    for index, text in enumerate(texts):
        found += [(one.group(), index, passed + one.start()) for one in pattern.finditer(text)]
        passed += len(text)
    return found
