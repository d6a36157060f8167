"""The words of a notice. Pure: facts in, title, paragraphs and table out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.clock import LOCAL

GENERAL = ("督办通知单", "交办单")
"""Kinds of notice every profile has; the others are the profile's instruments (YC-13.5b, FJ-24, JS-26d)."""


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What a notice tells.

    Attributes:
        demand: what the unit is told to do, in the issuer's words.
        due_at: until when (aware).
        counting: how that was counted.
    """

    kind: str
    number: str
    platform: str
    unit: str
    ticket_number: str
    title: str
    category: str
    dispatched_at: datetime | None
    handling_due_at: datetime | None
    demand: str
    due_at: datetime
    counting: tuple[str, ...]
    clause: str
    issued_by: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice ready to be set in type."""

    heading: str
    title: str
    number: str
    to: str
    paragraphs: tuple[str, ...]
    table: tuple[tuple[str, str], ...]
    signed: tuple[str, str]


def letter(facts: NoticeFacts) -> Letter:
    """Return the notice for `facts`."""
    due = _told(facts.due_at)
    return Letter(
        heading=facts.platform,
        title=facts.kind,
        number=facts.number,
        to=f"{facts.unit}:",
        paragraphs=(
            f"你单位承办的工单 {facts.ticket_number}「{facts.title}」,现予{_VERBS.get(facts.kind, '督办')}。",
            facts.demand,
            f"请于 {due} 前办结并书面反馈办理情况。逾期未反馈的,按规定处理(依据 {facts.clause})。",
        ),
        table=(
            ("工单编号", facts.ticket_number),
            ("诉求类别", facts.category),
            ("派发时间", _told(facts.dispatched_at)),
            ("原办理期限", _told(facts.handling_due_at)),
            ("本次期限", due),
            ("期限计算", ";".join(facts.counting)),
        ),
        signed=(facts.issued_by, f"{facts.issued_at.astimezone(LOCAL):%Y年%m月%d日}"),
    )


_VERBS: Mapping[str, str] = {"交办单": "交办", "约谈提醒": "约谈提醒", "整改通知": "责令整改"}


def _told(at: datetime | None) -> str:
    return "—" if at is None else f"{at.astimezone(LOCAL):%Y-%m-%d %H:%M}"
