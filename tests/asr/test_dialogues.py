"""Sixty-two own dialogues in spoken style (`dialogues/matters.tsv`): every field, from what was said.

The matters were written for this test, the phone numbers are invented.
"""

import csv
from pathlib import Path

import pytest

from asr.prefill import Proposal, Said, propose

TABLE = Path(__file__).parent / "dialogues" / "matters.tsv"
MATTERS = list(csv.DictReader(TABLE.read_text("utf-8").splitlines(), delimiter="\t"))


def dialogue(matter: dict[str, str]) -> list[Said]:
    lines = [
        ("agent", "您好,市民服务热线,请问有什么可以帮您"),
        ("caller", matter["matter"]),
        ("agent", "请问具体地址在哪里"),
        ("caller", f"在{matter['place_said']}"),
        ("agent", "请问您贵姓,联系电话是多少"),
        ("caller", f"我姓{matter['surname']}电话是{matter['phone_said']}"),
        ("agent", "好的,已经记录,感谢来电"),
    ]
    return [Said(str(index), speaker, text) for index, (speaker, text) in enumerate(lines)]


def fields(matter: dict[str, str]) -> dict[str, Proposal]:
    return {one.field: one for one in propose(dialogue(matter))}


@pytest.mark.parametrize("matter", MATTERS, ids=[one["matter"][:12] for one in MATTERS])
def test_what_is_exact_is_exact(matter: dict[str, str]) -> None:
    found = fields(matter)
    assert found["contact_phone"].value == matter["phone"]
    assert found["contact_phone"].utterance_ids == ("5",)
    assert found["caller_name"].value == matter["surname"]
    assert found["place"].value == matter["place"]
    assert found["place"].utterance_ids == ("3",)
    assert found["summary"].utterance_ids[0] == "1"
    assert all(0.0 < one.confidence < 1.0 and one.utterance_ids and one.words for one in found.values())
    assert (found["urgency"].value if "urgency" in found else "") == matter["urgency"]


def test_there_are_at_least_sixty_of_every_category() -> None:
    assert len(MATTERS) >= 60
    assert {one["category"] for one in MATTERS} == {"咨询", "求助", "投诉", "举报", "建议", "意见"}


@pytest.mark.parametrize(("field", "least"), [("category", 0.9), ("unit", 0.85), ("hotline", 0.9)])
def test_what_is_judged_is_mostly_right(field: str, least: float) -> None:
    told = [(one["matter"], one[field], fields(one)[field].value if field in fields(one) else "") for one in MATTERS]
    wrong = [one for one in told if one[1] != one[2]]
    assert 1 - len(wrong) / len(told) >= least, wrong
