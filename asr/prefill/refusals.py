"""Matters that may have to be refused, named by the codes of the regional profiles; only ever proposed.

The clause and what the caller is told stand in `tickets/profiles/*.toml` under the same code.
"""

import re

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
    ("state_secret", "国家秘密"),
    ("trade_secret", "商业秘密"),
    ("privacy", "(?:查|告诉我|知道).{0,6}(?:别人|他人|邻居|某人)的?(?:电话|住址|身份证|隐私)"),
)


def refusal_in(text: str) -> tuple[str, str] | None:
    """Return (code, words) of the ground on which a matter may have to be refused, or None."""
    for code, pattern in _GROUNDS:
        if found := re.search(pattern, text):
            return code, found.group()
    return None
