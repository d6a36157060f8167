"""What the draft of a report is filled with: facts in, document out. Pure. People add their words to the draft."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tickets.assessment.figures import TicketFact, figures_of, ranked
from tickets.documents.pages import Document, Section
from tickets.profile import Profile

_HOUR = 3600
_NONE = "—"


@dataclass(frozen=True, slots=True)
class Case:
    """A matter that a report tells about; its title holds no personal data."""

    number: str
    title: str
    unit: str
    state: str
    times: int


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What is known of a period.

    Attributes:
        before: counts by category of the period before, to tell what grows.
        worked: working time from dispatch to the unit's result, by unit.
    """

    categories: Sequence[tuple[str, int]]
    before: Mapping[str, int]
    channels: Sequence[tuple[str, int]]
    facts: Sequence[TicketFact]
    worked: Mapping[str, Sequence[timedelta]]
    units: Mapping[str, str]
    repeated: Sequence[Case]
    shared: Sequence[Case]
    typical: Sequence[Case]
    lasting: Sequence[Case]
    shirked: Sequence[Case]
    published: Sequence[Case]
    """Decided to be fit for the public, with the caller's will (YC-27b)."""


def document(
    profile: Profile, *, title: str, period: str, clause: str, contents: str, facts: ReportFacts, mark: str
) -> Document:
    """Return the draft of a report."""
    return Document(
        heading=profile.hotline, title=title, subtitle=f"{period}(依据 {clause})",
        sections=_CONTENTS[contents](profile, facts), mark=mark,
    )  # fmt: skip


def _hot(profile: Profile, facts: ReportFacts) -> tuple[Section, ...]:
    return (
        _categories(profile, facts),
        _cases("二、集中诉求(重复反映)", facts.repeated, "反映次数"),
        _cases("三、跨部门、跨层级事项", facts.shared, "反映次数"),
        _cases("四、督办、超期的典型事项", facts.typical, "次数"),
        Section("五、研判与建议", ("(由起草人填写)",)),
    )


def _analysis(profile: Profile, facts: ReportFacts) -> tuple[Section, ...]:
    return (
        _categories(profile, facts),
        _by_unit(profile, facts),
        _cases("三、跨部门、跨层级事项", facts.shared, "反映次数"),
        Section("四、研判与建议", ("(由起草人填写)",)),
    )


def _status(profile: Profile, facts: ReportFacts) -> tuple[Section, ...]:
    return (
        _categories(profile, facts),
        Section("二、受理渠道", titles=("渠道", "件数"), rows=[(name, str(count)) for name, count in facts.channels]),
        _totals(profile, facts, "三、办理总体情况"),
        _cases("四、典型事项", facts.typical, "次数"),
    )


def _units(profile: Profile, facts: ReportFacts) -> tuple[Section, ...]:
    return (
        _totals(profile, facts, "一、总体情况"),
        _by_unit(profile, facts),
        _cases("三、多次督办、久拖不决、办理不及时的典型案例", facts.typical, "次数"),
        Section("四、知识库准确率和更新情况", ("(由知识库管理岗填写)",)),
    )


def _livelihood(profile: Profile, facts: ReportFacts) -> tuple[Section, ...]:
    days = profile.reports.lasting_days.value
    return (
        _cases(f"一、{days}日以上未解决的事项", facts.lasting, "反映次数"),
        _cases("二、重复反映的事项", facts.repeated, "反映次数"),
    )


def _shirked(profile: Profile, facts: ReportFacts) -> tuple[Section, ...]:
    del profile
    return (_cases("一、认定相互推诿的事项", facts.shirked, "反映次数"),)


def _public(profile: Profile, facts: ReportFacts) -> tuple[Section, ...]:
    """No unit's ranking and no ticket whose publication was not decided; JS-22 names these four parts."""
    return (
        _totals(profile, facts, "一、评估结果"),
        _cases("二、典型案例(经公开审核)", facts.published, "反映次数"),
        Section("三、社会难点问题", ("(由起草人填写)",)),
        Section("四、服务对象的意见建议", ("(由起草人填写)",)),
    )


def _summary(profile: Profile, facts: ReportFacts) -> tuple[Section, ...]:
    return (
        _totals(profile, facts, "一、办件情况"),
        _cases("二、超期、被督办的事项", facts.typical, "次数"),
        Section("三、问题与措施", ("(由填报单位填写)",)),
    )


_CONTENTS: Mapping[str, Callable[[Profile, ReportFacts], tuple[Section, ...]]] = {
    "hot": _hot, "analysis": _analysis, "status": _status, "units": _units,
    "province": _units, "public": _public, "summary": _summary, "livelihood": _livelihood,
    "shirked": _shirked,
}  # fmt: skip


def _categories(profile: Profile, facts: ReportFacts) -> Section:
    rows = []
    for key, count in facts.categories:
        known = profile.categories.get(key)
        rows.append((known.title if known else key or "未分类", str(count), f"{count - facts.before.get(key, 0):+d}"))
    total = sum(count for _, count in facts.categories)
    return Section("一、诉求总量与类别", (f"本期共 {total} 件。",), ("类别", "件数", "较上期"), rows)


def _totals(profile: Profile, facts: ReportFacts, heading: str) -> Section:
    made = figures_of(profile, facts.facts)
    rows = [
        (_title(profile, name), figure.shown or _NONE, f"{figure.counted}/{figure.out_of}")
        for name, figure in made.items()
    ]
    spent = [one for each in facts.worked.values() for one in each]
    rows.append(("平均处理时间(工作小时)", _mean(spent), f"{len(spent)}件"))
    return Section(heading, titles=("指标", "数值(%)", "计数"), rows=rows)


def _by_unit(profile: Profile, facts: ReportFacts) -> Section:
    shown = ("timely_sign_rate", "return_rate", "finish_rate", "on_time_rate", "satisfaction")
    rows = [
        (
            facts.units.get(one.unit_id, one.unit_id),
            *((one.figures[name].shown or _NONE) for name in shown),
            _mean(facts.worked.get(one.unit_id, ())),
        )
        for one in ranked(profile, facts.facts)
    ]
    titles = ("单位", *(_title(profile, name) for name in shown), "平均处理时间(工作小时)")
    return Section("二、各单位情况", titles=titles, rows=rows)


def _cases(heading: str, cases: Sequence[Case], times: str) -> Section:
    if not cases:
        return Section(heading, ("本期无。",))
    rows = [(one.number, one.title, one.unit, one.state, str(one.times)) for one in cases]
    return Section(heading, titles=("工单编号", "标题", "单位", "状态", times), rows=rows)


def _title(profile: Profile, metric: str) -> str:
    known = profile.assessment.metrics.get(metric)
    return known.title if known else _TITLES[metric]


_TITLES = {
    "timely_sign_rate": "及时签收率", "return_rate": "退单率", "finish_rate": "办结率", "on_time_rate": "按期办结率",
    "satisfaction": "满意率",
}  # fmt: skip


def _mean(spent: Sequence[timedelta]) -> str:
    if not spent:
        return _NONE
    return f"{sum(spent, timedelta()).total_seconds() / len(spent) / _HOUR:.2f}"
