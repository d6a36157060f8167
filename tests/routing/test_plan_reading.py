"""A plan of queues that cannot be is refused with its line, the reason and a remedy."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from routing.plan.check_switch import SwitchParts
from routing.plan.differences import differences
from routing.plan.hours import is_open
from routing.plan.reading import Fault, PlanRefused, document_of, read_plan
from routing.plan.service import SHIPPED, shipped_plan

GOOD = """\
[[skills]]
name = "law"
label = "法律"

[[skills]]
name = "cantonese"
label = "粤语"
kind = "language"

[[queues]]
name = "general"
label = "综合"
dialled = ["12345"]

[[queues]]
name = "enterprise"
label = "企业"
wants = { law = 3 }
"""
AGENT = '[[agents]]\nnumber = "8001"\nqueues = ["enterprise"]\nskills = { law = 4 }\n'
WHOLE = GOOD + AGENT


def faults_of(text: str, agents: set[str] | None = None) -> list[Fault]:
    with pytest.raises(PlanRefused) as refused:
        read_plan(text, agents)
    assert all(fault.remedy for fault in refused.value.faults)
    return refused.value.faults


def line_with(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), start=1) if words in line)


def changed(before: str, after: str) -> str:
    assert before in WHOLE
    return WHOLE.replace(before, after, 1)


def test_the_shipped_plan_holds_and_is_read_back_from_json_as_it_was() -> None:
    plan = shipped_plan()
    assert {one.name for one in plan.queues} >= {
        "general",
        "enterprise",
        "business",
        "leader",
        "emergency",
        "callbacks",
    }
    assert read_plan(document_of(plan)) == plan
    assert differences(plan, read_plan(SHIPPED.read_text("utf-8"))) == []


CASES = [
    ("a skill defined twice", changed('name = "cantonese"', 'name = "law"'), "重复", 'name = "law"', 2),
    ("two skills with one label", changed('label = "粤语"', 'label = "法律"'), "重复", 'label = "法律"', 2),
    ("an unknown skill of a queue", changed("{ law = 3 }", "{ lew = 3 }"), "没有定义", "lew", 1),
    ("an unknown skill of an agent", changed("{ law = 4 }", "{ lew = 4 }"), "没有定义", "lew", 1),
    ("an agent of an unknown queue", changed('queues = ["enterprise"]', 'queues = ["x"]'), "没有定义", '["x"]', 1),
    ("one number in two queues", changed('label = "企业"', 'label = "企业"\ndialled = ["12345"]'), "重复", "12345", 2),
    ("an emergency number that queues", changed('"12345"', '"110"'), "不得排队", "110", 1),
    ("emergency numbers taken away", 'emergency_numbers = ["110"]\n' + WHOLE, "120", "emergency_numbers", 1),
    ("a queue that nobody can serve", changed("{ law = 3 }", "{ law = 5 }"), "没有任何坐席", 'name = "enterprise"', 1),
    ("an agent listed twice", WHOLE + AGENT, "重复", 'number = "8001"', 2),
    ("a level that is none", changed("{ law = 3 }", "{ law = 6 }"), "不得大于 5", "law = 6", 1),
    ("a word that is none", changed('label = "企业"', 'label = "企业"\nstrat = 1'), "不认识的项", "strat", 1),
    ("a strategy that is none", changed('label = "企业"', 'label = "企业"\nstrategy = "x"'), "只能是", "strategy", 1),
    ("a surge that is none", 'surge = "typhoon"\n' + WHOLE, "没有定义", "surge", 1),
    ("a default queue that is none", 'default_queue = "x"\n' + WHOLE, "没有定义", "default_queue", 1),
]


@pytest.mark.parametrize(("text", "reason", "at", "nth"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_an_impossible_plan_is_refused_at_its_line(text: str, reason: str, at: str, nth: int) -> None:
    expected = [number for number, line in enumerate(text.splitlines(), start=1) if at in line][nth - 1]
    assert [(fault.line, reason in fault.reason) for fault in faults_of(text)] == [(expected, True)]


def test_an_unknown_agent_is_refused_when_the_directory_is_known() -> None:
    assert read_plan(WHOLE, {"8001"}).agents[0].number == "8001"
    (fault,) = faults_of(WHOLE, {"8002"})
    assert (fault.line, fault.path) == (line_with(WHOLE, "8001"), "agents[0].number")
    assert "hotline agent add 8001" in fault.remedy


def overflow(queue: str, target: str) -> str:
    step = f'\n[[queues.overflow]]\nafter_seconds = 30\naction = "queue"\ntarget = "{target}"\n'
    return f'\n[[queues]]\nname = "{queue}"\nlabel = "{queue}"\n{step}'


@pytest.mark.parametrize("names", [("a",), ("a", "b"), ("a", "b", "c")])
def test_overflow_that_comes_back_is_refused_with_its_way(names: tuple[str, ...]) -> None:
    followers = [*names[1:], names[0]]
    text = WHOLE + "".join(overflow(name, follower) for name, follower in zip(names, followers, strict=True))
    (fault,) = faults_of(text)
    assert " → ".join([*names, names[0]]) in fault.reason
    assert fault.line == line_with(text, f'target = "{followers[0]}"')


def test_overflow_by_a_surge_may_not_come_back_either() -> None:
    surge = '\n[[surges]]\nname = "typhoon"\nlabel = "台风"\nannouncement = "t"\nqueues = ["b"]\n'
    step = '\n[[surges.overflow]]\nafter_seconds = 5\naction = "queue"\ntarget = "a"\n'
    plain_b = '\n[[queues]]\nname = "b"\nlabel = "b"\n'
    served = AGENT.replace('["enterprise"]', '["enterprise", "b"]')
    (fault,) = faults_of(GOOD + served + overflow("a", "b") + plain_b + surge + step)
    assert "循环" in fault.reason


CLOSED = '\n[queues.closed]\naction = "announcement"\ntarget = "shut"\n'
OPEN = '\n[[queues.hours]]\ndays = ["mon"]\nfrom = "08:00"\nto = "12:00"\n'
HOURS = CLOSED + OPEN


@pytest.mark.parametrize(
    ("hours", "reason"),
    [
        (HOURS.replace("12:00", "07:00"), "不可能"),
        (HOURS.replace("12:00", "25:00"), "HH:MM"),
        (HOURS.replace('"mon"', '"someday"'), "只能是"),
        (CLOSED + OPEN + OPEN.replace("08:00", "11:00").replace("12:00", "13:00"), "重叠"),
        (OPEN, "非开放时间"),
        (CLOSED, "不会关闭"),
    ],
    ids=[
        "end before begin",
        "no time of day",
        "no day",
        "overlapping",
        "no word on closed",
        "never closed",
    ],
)
def test_impossible_hours_are_refused(hours: str, reason: str) -> None:
    faults = faults_of(GOOD + hours + AGENT)
    assert any(reason in fault.reason for fault in faults)
    assert all(fault.line is not None and fault.line > len(GOOD.splitlines()) - 4 for fault in faults)


SWITCH = SwitchParts({"closed", "please-wait", "surge-typhoon"}, {"bureau"})


@pytest.mark.parametrize(
    ("added", "wrong", "meant"),
    [
        (OPEN + '\n[queues.closed]\naction = "end"\ntarget = "clossed"\n', "clossed", "closed"),
        ('\n[queues.sounds]\ncomfort = ["please-wait", "nice-words"]\n', "nice-words", ""),
        ('\n[queues.sounds]\ngreeting = "hello"\n', "hello", ""),
        (
            '\n[[surges]]\nname = "gale"\nlabel = "风"\nannouncement = "surge-typhon"\n',
            "surge-typhon",
            "surge-typhoon",
        ),
    ],
    ids=["closed", "comfort", "greeting", "surge"],
)
def test_an_announcement_that_the_switch_has_not_is_refused_with_the_nearest(
    added: str, wrong: str, meant: str
) -> None:
    text = GOOD + added + AGENT
    assert read_plan(text) is not None
    with pytest.raises(PlanRefused) as refused:
        read_plan(text, switch=SWITCH)
    (fault,) = refused.value.faults
    assert f"「{wrong}」不存在" in fault.reason
    assert meant in fault.remedy
    assert fault.line == line_with(text, wrong)


def test_a_trunk_that_the_switch_has_not_is_refused() -> None:
    partner = '\n[[partners]]\nname = "law"\nlabel = "法援"\nnumber = "12348"\ntrunk = "bureau"\n'
    assert read_plan(GOOD + AGENT + partner, switch=SWITCH)
    with pytest.raises(PlanRefused, match="没有定义"):
        read_plan(GOOD + AGENT + partner.replace("bureau", "bureaux"), switch=SWITCH)


def test_nobody_who_waits_is_hung_up_on() -> None:
    ending = '\n[[queues.overflow]]\nafter_seconds = 60\naction = "end"\n'
    (fault,) = faults_of(GOOD + ending + AGENT)
    assert "不得由系统挂断" in fault.reason
    assert fault.line == line_with(GOOD + ending, 'action = "end"')


def test_steps_that_never_come_are_refused() -> None:
    late = "\n[[queues.widen]]\nafter_seconds = 30\n\n[[queues.widen]]\nafter_seconds = 20\n"
    (fault,) = faults_of(GOOD + late + AGENT)
    assert "30" in fault.reason
    same = "\n[[queues.widen]]\nafter_seconds = 30\nwants = { law = 3 }\n"
    (fault,) = faults_of(GOOD + same + AGENT)
    assert "没有放宽" in fault.reason


@pytest.mark.parametrize("text", ["[[queues]\n", 'a = "', "[[queues]]\nname = 1\nname = 2\n", "", "x = 1\n"])
def test_what_is_no_plan_at_all_is_refused(text: str) -> None:
    assert faults_of(text)


def test_json_is_read_as_toml_is_without_lines() -> None:
    with pytest.raises(PlanRefused) as refused:
        read_plan({"queues": [{"name": "general", "label": "综合", "wants": {"x": 1}}]})
    (fault,) = refused.value.faults
    assert (fault.line, fault.path) == (None, "queues[0].wants.x")
    assert refused.value.detail["faults"] == [
        {"path": fault.path, "line": None, "reason": fault.reason, "remedy": fault.remedy}
    ]


def test_a_queue_is_open_in_its_hours_of_shanghai_and_on_special_days_as_they_say() -> None:
    special = '\n[[special_days]]\nday = 2026-11-23\nopen = [["10:00", "11:00"]]\n'
    plan = read_plan(GOOD + HOURS + AGENT + special)

    def at(day: int, hour: int, minute: int = 0) -> datetime:
        return datetime(2026, 11, day, hour - 8, minute, tzinfo=UTC)

    monday_before, special_monday = 16, 23
    assert is_open(plan, "enterprise", at(monday_before, 8))
    assert not is_open(plan, "enterprise", at(monday_before, 12))
    assert not is_open(plan, "enterprise", at(special_monday, 9))
    assert is_open(plan, "enterprise", at(special_monday, 10, 59))
    assert is_open(plan, "general", at(monday_before, 23))


def test_what_differs_is_told_by_names_not_by_numbers_in_lists() -> None:
    before = read_plan(WHOLE)
    after = read_plan(changed("{ law = 4 }", "{ law = 5 }").replace('label = "企业"', 'label = "企业"\npriority = 2'))
    assert [(one.path, one.before, one.after) for one in differences(before, after)] == [
        ("queues.enterprise.priority", 0, 2),
        ("agents.8001.skills.law", 4, 5),
    ]


def test_a_file_with_many_faults_tells_all_of_them_in_the_order_of_lines() -> None:
    text = changed('"12345"', '"110"').replace("{ law = 4 }", "{ lew = 4 }")
    lines = [fault.line for fault in faults_of(text, set())]
    assert len(lines) == 3
    assert lines == sorted(lines, key=lambda line: line or 0)


def test_the_shipped_file_lies_beside_the_code() -> None:
    assert Path(__file__).parents[2] / "routing" / "plan" / "default.toml" == SHIPPED
