"""Spoken numbers as one writes them; when, which other line, which ground to refuse."""

import pytest

from asr.prefill import Said, propose
from asr.prefill.hotlines import hotlines_in
from asr.prefill.refusals import refusal_in
from asr.prefill.times import time_in
from asr.prefill.written import with_digits, written


@pytest.mark.parametrize(
    ("spoken", "wanted"),
    [
        ("电话是一三九一二三四五六七八一直没人接", "电话是13912345678一直没人接"),
        ("建国路八十八号院三号楼二单元六零一室", "建国路88号院3号楼2单元601室"),
        ("一共两万四千块钱", "一共24000块钱"),
        ("二零二六年三月十五号下午三点半", "2026年3月15号下午3点半"),
        ("涨了百分之三十五点二", "涨了35.2%"),
        ("三百二十路公交车", "320路公交车"),
        ("身份证号三六二二零一一九八零零一零一一二三四", "身份证号362201198001011234"),
        ("楼上楼下一直没有人", "楼上楼下一直没有人"),
        ("你好", "你好"),
    ],
)
def test_numbers_are_written_as_one_writes_them(spoken: str, wanted: str) -> None:
    assert written(spoken) == wanted


def test_in_a_transcript_only_digit_strings_change() -> None:
    assert with_digits("八十八号,电话一三九一二三四五六七八") == "八十八号,电话13912345678"


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
        ("物业乱收费", None),
    ],
)
def test_a_ground_to_refuse_is_only_proposed(text: str, code: str | None) -> None:
    found = refusal_in(text)
    assert (found[0] if found else None) == code
    proposed = [one.value for one in propose([Said("0", "caller", text)]) if one.field == "refusal"]
    assert proposed == ([code] if code else [])
