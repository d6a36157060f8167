"""Spoken numbers as one writes them; when, which other line, which ground to refuse."""

import pytest

from asr.prefill import Said, propose
from asr.prefill.hotlines import hotlines_in
from asr.prefill.refusals import refusal_in
from asr.prefill.times import time_in
from asr.prefill.written import written


@pytest.mark.parametrize(
    ("spoken", "wanted"),
    [
        # phones
        ("电话是一三九一二三四五六七八一直没人接", "电话是13912345678一直没人接"),
        ("打零七九五三二一二三四五", "打07953212345"), ("四零零八八八一二三四", "4008881234"),
        ("我的号码是幺三八零零一三八零零零", "我的号码是13800138000"), ("一二三四五热线", "12345热线"),
        # addresses
        ("建国路八十八号院三号楼二单元六零一室", "建国路88号院3号楼2单元601室"),
        ("袁州大道一百二十三号七栋十二楼", "袁州大道123号7栋12楼"), ("三五号楼", "35号楼"), ("三四楼", "三四楼"),
        ("三百二十路公交车", "320路公交车"), ("一零二路公交", "102路公交"), ("五路公交车", "5路公交车"),
        # money
        ("一共两万四千块钱", "一共24000块钱"), ("一百二十万元", "120万元"), ("两千三", "2300"), ("一万二", "12000"),
        ("两千零三元", "2003元"), ("三点五元", "3.5元"), ("十二块八毛", "12块8毛"), ("三块五", "3块5"),
        ("几百块", "几百块"), ("两三百块", "两三百块"), ("上百元", "上百元"), ("三千多块", "3000多块"),
        # dates and times
        ("二零二六年三月十五号下午三点半", "2026年3月15号下午3点半"), ("九月一号开学", "9月1号开学"),
        ("晚上八点多", "晚上8点多"), ("三点到五点", "3点到5点"), ("下午三点二十分", "下午3点20分"),
        ("三个月零五天", "三个月零5天"), ("差一点", "差一点"), ("有三点要求", "有三点要求"), ("十分满意", "十分满意"),
        # shares and measures
        ("涨了百分之三十五点二", "涨了35.2%"), ("百分之百", "100%"), ("零点五公斤", "0.5公斤"), ("五十分贝", "50分贝"),
        ("一百二十平方米", "120平方米"), ("五六十户", "五六十户"), ("三五天", "三五天"), ("十五六岁", "十五六岁"),
        # identity cards, plates, card and ticket numbers
        ("身份证号三六二二零一一九八零零一零一一二三四", "身份证号362201198001011234"),
        ("三六零一零二一九九零零一零一一二三叉", "36010219900101123X"),
        ("车牌赣C幺二三四五", "车牌赣C12345"), ("赣c A八八八八", "赣CA8888"), ("粤B D幺二三四五", "粤BD12345"),
        ("六二二二零二一五零二零零一二三四五六七", "6222021502001234567"),
        # what only sounds like a number
        ("楼上楼下一直没有人", "楼上楼下一直没有人"), ("万一着火了", "万一着火了"), ("三番五次", "三番五次"),
        ("第二十一条", "第二十一条"), ("周一到周五", "周一到周五"), ("你好", "你好"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_one_writes_them(spoken: str, wanted: str) -> None:
    assert written(spoken) == wanted
    assert written(wanted) == wanted


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("我是上个星期二下午打的电话", "上个星期二下午"), ("三月十五号晚上十点还在施工", "三月十五号晚上十点"),
        ("昨天晚上停的电", "昨天晚上"), ("小区电梯坏了", None), ("住在三号楼", None),
    ],
)  # fmt: skip
def test_the_time_of_the_matter_is_found(text: str, when: str | None) -> None:
    assert time_in(text) == when


@pytest.mark.parametrize(
    ("text", "line"),
    [("楼上着火了", "119"), ("有人晕倒了", "120"), ("公司拖欠我工资", "12333"), ("没有着火", None), ("路灯坏了", None)],
)
def test_the_other_line_is_proposed(text: str, line: str | None) -> None:
    found = next(hotlines_in([text]), None)
    assert (found[0] if found else None) == line


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("这个案子法院已经判了", "in_litigation_arbitration_review"),
        ("信访局已经答复过了", "in_petition"),
        ("村主任贪污补偿款", "discipline_inspection"),
        ("我们是合同纠纷想让你们判他赔钱", "should_use_litigation_arbitration_review"),
        ("快叫辆救护车", "emergency_rescue"),
        ("这个事情上次已经答复过我还是要投诉", "same_facts_already_closed"),
        ("我在网上买的东西是外地的公司", "outside_jurisdiction"),
        ("我的党组织关系怎么转", "party_committee"),
        ("物业乱收费", None),
        ("我已经报警了没有人管", None),
        ("上次答复说三天修好到现在没修", None),
    ],
)
def test_a_ground_to_refuse_is_only_proposed(text: str, code: str | None) -> None:
    found = refusal_in(text)
    assert (found[0] if found else None) == code
    proposed = [one.value for one in propose([Said("0", "caller", text)]) if one.field == "refusal"]
    assert proposed == ([code] if code else [])
