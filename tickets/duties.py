"""Which duties a ticket carries, when they are due, and what has been missed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from tickets.deadlines import Due, WorkingTime, before, due_after, extended
from tickets.profile import Profile
from tickets.profile_handling import ReturnStage
from tickets.profile_values import Basis, Limit, LimitUnit, StartEvent


class DutyKind(StrEnum):
    """What is owed."""

    DISPATCH = "dispatch"
    TRANSFER = "transfer"
    SIGN = "sign"
    CONTACT = "contact"
    RETURN = "return"
    """Not owed but possible: the window in which the unit may send the ticket back."""
    PRELIM = "prelim"
    """The preliminary opinion (初步处置意见)."""
    RESOLVE = "resolve"
    PHONE_NOTICE = "phone_notice"
    """To telephone the unit of an urgent matter (FJ-14c)."""
    RECTIFY = "rectify"
    RECHECK = "recheck"
    INVESTIGATE = "investigate"
    CONTACT_AGAIN = "contact_again"
    """To talk again with the caller of a matter that cannot be solved now (FJ-20.7); comes back when it is done."""

    @property
    def label(self) -> str:
        """The duty in Chinese."""
        return _LABELS[self]


_LABELS = {
    DutyKind.DISPATCH: "派发",
    DutyKind.TRANSFER: "电话转办",
    DutyKind.SIGN: "签收",
    DutyKind.CONTACT: "联系诉求人",
    DutyKind.RETURN: "退回",
    DutyKind.PRELIM: "初步处置意见",
    DutyKind.RESOLVE: "办结",
    DutyKind.PHONE_NOTICE: "电话告知承办单位",
    DutyKind.RECTIFY: "整改",
    DutyKind.RECHECK: "回访复核",
    DutyKind.INVESTIGATE: "调查核实",
    DutyKind.CONTACT_AGAIN: "定期联系诉求人",
}
TASKS = (DutyKind.RECTIFY, DutyKind.RECHECK, DutyKind.INVESTIGATE, DutyKind.CONTACT_AGAIN)
"""Duties that outlive the closing: they end when somebody has done them."""


class Card(StrEnum):
    """The warning shown on a ticket (YC-34.2)."""

    NONE = "none"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Matter:
    """What the rules must know of a ticket's matter.

    Attributes:
        marks: what a person marked: `urgent`, `simple`, `convenience_list`.
        source: key of the profile's `sources`, where the regulation tells them apart.
        linked_at: when an agent called an emergency or utility line into the call.
    """

    category: str
    accepted_at: datetime
    public_emergency: str | None = None
    repeat_calls: int = 1
    hard: bool = False
    marks: frozenset[str] = frozenset()
    source: str | None = None
    linked_at: datetime | None = None
    urgency: str = "normal"


@dataclass(frozen=True, slots=True)
class SpecialRule:
    """A handling limit that another rule sets."""

    days: int
    basis: str
    clause: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """One dispatch to one unit; a dispatch to another unit and a rework begin a new one (AMB-12).

    Attributes:
        extensions: working days granted, in order.
    """

    dispatched_at: datetime
    signed_at: datetime | None = None
    special: SpecialRule | None = None
    extensions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty with its due instant; `warn_at` is where the yellow card begins."""

    kind: DutyKind
    due: Due
    started_at: datetime
    assessed: bool = True
    warn_at: datetime | None = None


def is_emergency(profile: Profile, matter: Matter) -> bool:
    """Tell whether the ticket is a public-emergency ticket (YC-15: only some categories)."""
    rule = profile.emergency
    return rule is not None and matter.public_emergency in rule.topics and matter.category in rule.categories


def needs_approval(profile: Profile, matter: Matter) -> bool:
    """Tell whether dispatch must wait for an approval of its own (YC-13.2a, AMB-30)."""
    if not profile.approval.required or matter.category in profile.approval.standing_categories:
        return False
    return not (profile.approval.standing_emergency and is_emergency(profile, matter))


@dataclass(frozen=True, slots=True)
class HandlingLimit:
    """The limit that applies to a ticket, and whether it may be extended."""

    limit: Limit
    extendable: bool = True


def handling_limit(profile: Profile, matter: Matter, special: SpecialRule | None = None) -> HandlingLimit | None:
    """Return the limit for handling, or None where only another rule could set one (CZ-三(三)e).

    In this order: another rule's (JS-11.7, YC-14h), the one for repeated hard matters (YC-14g), the one for what is
    marked (FJ-20.2, FJ-20.5), the category's.
    """
    ordinary = profile.categories[matter.category].limit
    if special is not None and _prevails(profile, matter, special):
        return HandlingLimit(
            Limit(
                amount=special.days, unit=LimitUnit.WORKING_DAYS, start=StartEvent.DISPATCHED,
                clause=profile.special_limit.clause, basis=Basis.REGULATION, note=special.clause,
            )
        )  # fmt: skip
    repeated = profile.repeated
    if repeated and matter.repeat_calls >= repeated.calls and (matter.hard or not repeated.must_be_hard):
        return HandlingLimit(repeated.limit)
    for marked in profile.marked:
        if matter.marks & set(marked.marks) and (not marked.categories or matter.category in marked.categories):
            return HandlingLimit(marked.limit, marked.extendable)
    return HandlingLimit(ordinary) if ordinary else None


def _prevails(profile: Profile, matter: Matter, special: SpecialRule) -> bool:
    rule = profile.special_limit
    if special.basis not in rule.allowed_bases:
        return False
    return special.basis != "channel" or matter.source in rule.channel_sources


def transfer_duty(profile: Profile, start: datetime, time_of: WorkingTime, linked_at: datetime | None) -> Duty | None:
    """Return until when a public emergency must be transferred by telephone (YC-15a); None: no such rule here.

    Args:
        profile: the regulation.
        start: when the matter was accepted; of a draft, now.
        time_of: working time.
        linked_at: when an emergency line was called: the time runs from there if that was earlier.
    """
    if profile.emergency is None:
        return None
    begun = min(start, linked_at or start)
    due = due_after(profile.emergency.transfer, begun, time_of)
    if begun == linked_at:
        due = replace(due, counting=("自紧急联动起算", *due.counting))
    return Duty(DutyKind.TRANSFER, due, begun)


def intake_duties(profile: Profile, matter: Matter, time_of: WorkingTime) -> list[Duty]:
    """Return the centre's own duties from acceptance on."""
    found: list[Duty] = []
    start, rule = matter.accepted_at, profile.dispatch
    grade = profile.grade(matter.urgency)
    transfer = transfer_duty(profile, start, time_of, matter.linked_at) if is_emergency(profile, matter) else None
    if transfer:
        found.append(transfer)
    if rule.urgent and matter.marks & set(rule.urgent.marks):
        found.append(Duty(DutyKind.DISPATCH, due_after(rule.urgent.alert, start, time_of), start, assessed=False))
    elif rule.limit:
        found.append(Duty(DutyKind.DISPATCH, due_after(rule.limit, start, time_of), start))
    elif grade and grade.dispatch_alert:
        found.append(Duty(DutyKind.DISPATCH, due_after(grade.dispatch_alert, start, time_of), start, assessed=False))
    elif rule.alert:
        found.append(Duty(DutyKind.DISPATCH, due_after(rule.alert, start, time_of), start, assessed=False))
    return found


def assignment_duties(profile: Profile, matter: Matter, work: Assignment, time_of: WorkingTime) -> list[Duty]:
    """Return the duties of one assignment: sign-off, contact, return window, preliminary opinion, handling."""
    sent = work.dispatched_at
    found = [Duty(DutyKind.SIGN, due_after(profile.sign.limit, sent, time_of), sent, profile.sign.assessed)]
    contact = profile.contact
    if contact and work.signed_at and (not contact.categories or matter.category in contact.categories):
        due = due_after(contact.limit, work.signed_at, time_of)
        found.append(Duty(DutyKind.CONTACT, due, work.signed_at, contact.assessed))
    window = return_window(profile, matter, work, time_of)
    if window:
        found.append(Duty(DutyKind.RETURN, window, work.signed_at or sent, assessed=False))
    preliminary = profile.categories[matter.category].preliminary
    if preliminary:
        due = due_after(preliminary, sent, time_of)
        found.append(Duty(DutyKind.PRELIM, due, sent, warn_at=_warning(profile, due, time_of)))
    resolve = resolve_duty(profile, matter, work, time_of)
    return [*found, resolve] if resolve else found


def resolve_duty(profile: Profile, matter: Matter, work: Assignment, time_of: WorkingTime) -> Duty | None:
    """Return the handling duty, extensions included; None where no limit is set."""
    handling = handling_limit(profile, matter, work.special)
    if handling is None:
        return None
    due = due_after(handling.limit, work.dispatched_at, time_of)
    for days in work.extensions:
        due = extended(due, days, profile.extension.clause, profile.extension.basis, time_of)
    return Duty(DutyKind.RESOLVE, due, work.dispatched_at, warn_at=_warning(profile, due, time_of))


def _warning(profile: Profile, due: Due, time_of: WorkingTime) -> datetime | None:
    return before(due, profile.warning.before, time_of) if profile.warning else None


def return_stage(profile: Profile, matter: Matter, work: Assignment) -> ReturnStage | None:
    """Return the path that is open to the unit now; None: the regulation opens none."""
    when = "after_sign" if work.signed_at else "before_sign"
    for stage in profile.returning.stages:
        if stage.when in ("any", when) and (not stage.categories or matter.category in stage.categories):
            return stage
    return None


def return_window(profile: Profile, matter: Matter, work: Assignment, time_of: WorkingTime) -> Due | None:
    """Return until when the unit may send the ticket back; None: not yet, or no window on its path."""
    stage = return_stage(profile, matter, work)
    if stage is None or stage.window is None:
        return None
    start = work.signed_at if stage.window.start is StartEvent.SIGNED else work.dispatched_at
    return due_after(stage.window, start, time_of) if start else None


def never_earlier(new: Duty, told: datetime) -> Duty:
    """Return `new`, but not due before `told`: a unit's deadline is not shortened by recomputing (AMB-10)."""
    if new.due.at >= told:
        return new
    return replace(new, due=replace(new.due, at=told, counting=(*new.due.counting, "重新计算不早于已告知的期限")))


@dataclass(frozen=True, slots=True)
class DutyFact:
    """A duty as far as breaches are concerned."""

    kind: DutyKind
    due_at: datetime
    done_at: datetime | None
    warn_at: datetime | None = None
    assessed: bool = True


def overdue(duties: Sequence[DutyFact], now: datetime, *, extension_pending: bool = False) -> list[str]:
    """Return the breached duties, sorted: done after the limit, or undone after it.

    A timely extension request that nobody has decided keeps `resolve` off the list, whether the unit has answered
    meanwhile or not: only the decision says whether that was in time (AMB-15).
    """
    breached = {
        duty.kind.value
        for duty in duties
        if duty.assessed
        and (duty.done_at or now) > duty.due_at
        and not (duty.kind is DutyKind.RESOLVE and extension_pending)
    }
    return sorted(breached)


def card(
    profile: Profile, duties: Sequence[DutyFact], now: datetime, *, resting: bool, extension_pending: bool
) -> Card:
    """Return the warning to show (AMB-18, AMB-19); `resting`: answered, closed, or a return is under decision."""
    if profile.cards is None or resting:
        return Card.NONE
    missed = overdue(duties, now, extension_pending=extension_pending)
    if set(missed) & set(profile.cards.red_triggers):
        return Card.RED
    return Card.YELLOW if near_due(duties, now) else Card.NONE


def near_due(duties: Sequence[DutyFact], now: datetime) -> bool:
    """Tell whether undone handling has come to its warning point (距离办结时限, YC-34.2a; 即将到期, CZ-三(四)1)."""
    handling = (duty for duty in duties if duty.kind is DutyKind.RESOLVE)
    return any(duty.warn_at and duty.done_at is None and now >= duty.warn_at for duty in handling)


def supervision_step(profile: Profile, shown: Card, *, enquiry_failed: bool) -> str:
    """Return what a red card asks of the centre (YC-34.2): the phone enquiry, or the notice once that has failed."""
    if shown is not Card.RED:
        return "none"
    trigger = "phone_enquiry_failed" if enquiry_failed else "overdue"
    return next((step.ask for step in profile.supervision.ladder if step.trigger == trigger), "none")
