"""Category of an appeal from its words; only ever proposed (AMB-45). Weights per phrase, strongest sum wins."""

import re
from collections.abc import Sequence

_CUES: dict[str, tuple[tuple[str, float], ...]] = {
    "举报": (
        ("(?:我要|我想|来|要)?举报", 4.0),
        ("查处|偷排|直排|贩卖|卖假|假冒|无证|非法|违法|违规|偷税|赌博|传销|受贿|贪污", 1.2),
        ("违章搭(?:建|盖)|占地", 0.6),
    ),
    "咨询": (
        ("(?:我要|我想|想|来)?(?:咨询|请教|打听|了解一下|问一下|请问一下)", 3.0),
        (
            "怎么(?:办理|办|补办|申请|申报|报销|查)|如何(?:办理|申请|补办)|需要(?:带|准备|提供)?(?:哪些|什么)(?:材料|手续|证件|资料)",
            3.0,
        ),
        (
            "请问|试问|是否|能不能告诉|有没有(?:规定|政策)|什么(?:政策|规定|条件|流程)|什么时候|何时|几点|多少钱|在哪里办",
            1.4,
        ),
        ("[吗呢][？?]?$", 0.8),
    ),
    "求助": (
        ("求助|求救|救命|帮帮|帮助(?:我|一下)|请求帮助|希望(?:能)?(?:得到)?帮助", 3.0),
        ("请?帮(?:我|忙|我们)|困在|被困|走失|走丢|丢失|丢了|没有地方|急需|打不通", 1.8),
        ("停水|停电|停气|漏水|漏气|爆管|着火|起火|塌|断电|没(?:有)?水|没(?:有)?电|电梯坏", 1.6),
    ),
    "建议": (
        ("(?:我|想|有个|提个|提一个)?建议", 3.0),
        ("能不能(?:增设|增加|设置|安装|加装)|(?:增设|增加|设置|加装)(?:一个|一些)?", 1.0),
    ),
    "意见": (
        ("(?:提|有)(?:个|点|一些|些|很大)?意见|意见是|不赞成|不认同|不同意", 3.0),
        ("觉得.{0,12}不(?:合理|妥|应该)", 1.2),
    ),
    "投诉": (
        ("(?:我要|我想|要|来)?投诉", 4.0),
        (
            "扰民|噪音|噪声|臭|污水|油烟|态度(?:恶劣|差|不好)|不作为|没人管|没有人(?:管|来修)|推诿|拖欠|欠薪|乱收费|多收|退款|欺骗|过期|影响(?:我|居民|休息|生活|正常)",
            1.3,
        ),
        ("坏了|一直没|没有解决|不解决|到现在", 0.6),
    ),
}
_FIRST_WORDS = 40
_EARLY = 1.5
"""What is said first tells most: `我要投诉` at the beginning outweighs a question later."""


def category_of(texts: Sequence[str]) -> tuple[str, float, str, int] | None:
    """Return (category, confidence, words, index of the text) or None when nothing tells."""
    scores: dict[str, float] = {}
    evidence: dict[str, tuple[float, str, int]] = {}
    passed = 0
    for index, text in enumerate(texts):
        for category, cues in _CUES.items():
            for pattern, weight in cues:
                for found in re.finditer(pattern, text):
                    gain = weight * (_EARLY if passed + found.start() < _FIRST_WORDS else 1.0)
                    scores[category] = scores.get(category, 0.0) + gain
                    if gain > evidence.get(category, (0.0, "", 0))[0]:
                        evidence[category] = (gain, found.group(), index)
        passed += len(text)
    if not scores:
        return None
    best = max(scores, key=lambda name: scores[name])
    confidence = min(0.95, scores[best] / (sum(scores.values()) + 1.0))
    return best, confidence, evidence[best][1], evidence[best][2]
