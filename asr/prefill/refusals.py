"""Matters that may have to be refused, named by the codes of the regional profiles; only ever proposed.

The clause and what the caller is told stand in `tickets/profiles/*.toml` under the same code.
"""

import re
from collections.abc import Mapping

_GROUNDS: tuple[tuple[str, str], ...] = (
    (
        "in_litigation_arbitration_review",
        "法院.{0,6}(?:判|受理|开庭|立案)|判决书|已经起诉|上诉|仲裁.{0,4}(?:裁决|受理|开庭)|打官司|行政复议(?:已经|了|中)",
    ),
    ("in_petition", "信访.{0,6}(?:终结|受理|复查|复核|答复)|复查复核"),
    (
        "discipline_inspection",
        "(?:干部|领导|书记|支书|局长|主任|公务员).{0,10}(?:受贿|贪污|腐败|违纪|收红包)|纪委|监委",
    ),
    ("gov_info_disclosure_procedure", "(?:申请|要求).{0,6}(?:政府)?信息公开|依申请公开"),
    ("military_armed_police", "部队|军区|武警|现役军人"),
    ("congress_cppcc_court_procuratorate", "检察院|人大常委会|政协委员|法院.{0,6}(?:不给|不执行|执行不|不立案)"),
    (
        "civil_or_criminal_case",
        "借(?:我|了我).{0,4}钱不还|欠(?:我|了我).{0,6}(?:不还|借款)|遗产|抚养权|财产分割|民间借贷",
    ),
    (
        "should_use_litigation_arbitration_review",
        "(?:经济|合同|债务|婚姻|继承|产权|劳动)(?:纠纷|争议).{0,10}(?:判|裁|分|赔)|(?:处罚决定|裁决|判决).{0,4}不服",
    ),
    ("emergency_rescue", "(?:我要|我想|帮我|请你?们?|快)报(?:个|一下)?警|叫(?:个|一?辆)?(?:救护车|消防车)"),
    (
        "same_facts_already_closed",
        "(?:同一|同样的?|这)(?:件|个)?(?:事情?|问题).{0,12}(?:已经)?(?:办结|答复过).{0,12}(?:还是|再|又)要?(?:投诉|反映)",
    ),
    ("outside_jurisdiction", "(?:在|是)(?:外省|外地|省外|国外).{0,4}(?:的(?:公司|单位|商家|店)|买的|发生的)"),
    ("central_vertical_department", "海关|铁路(?:局|公司)|人民银行|证监"),
    ("party_committee", "党费|党组织关系|入党|(?:市委|县委|区委)(?:组织部|宣传部|统战部|政法委)"),
    ("public_morals", "代孕|冥婚|找小姐"),
    ("malicious_abuse", "王八蛋|操你|他妈的|傻逼|去死吧"),
    ("state_secret", "国家秘密"),
    ("trade_secret", "商业秘密"),
    ("privacy", "(?:查|告诉我|知道).{0,6}(?:别人|他人|邻居|某人)的?(?:电话|住址|身份证|隐私)"),
)


SAME_MATTER: Mapping[str, str] = {"civil_or_criminal_case": "should_use_litigation_arbitration_review"}
"""A ground with the one under which regulations that do not list it refuse the same matter."""


def refusal_in(text: str) -> tuple[str, str] | None:
    """Return (code, words) of the ground on which a matter may have to be refused, or None."""
    for code, pattern in _GROUNDS:
        if found := re.search(pattern, text):
            return code, found.group()
    return None
