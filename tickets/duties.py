"""Which duties a ticket carries, when they are due, and what has been missed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from tickets.deadlines import Due, WorkingTime, before, due_after, extended
from tickets.profile import Profile
from tickets.profile_values import Limit


class DutyKind(StrEnum):
    """What is owed."""

    DISPATCH = "dispatch"
    TRANSFER = "transfer"
    SIGN = "sign"
    RETURN = "return"
    """Not owed but possible: the window in which the unit may send the ticket back."""
    RESOLVE = "resolve"

    @property
    def label(self) -> str:
        """The duty in Chinese."""
        return _LABELS[self]


_LABELS = {
    DutyKind.DISPATCH: "派发",
    DutyKind.TRANSFER: "电话转办",
    DutyKind.SIGN: "签收",
    DutyKind.RETURN: "退回",
    DutyKind.RESOLVE: "办结",
}


class Card(StrEnum):
    """The warning shown on a ticket (YC-34.2)."""

    NONE = "none"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Matter:
    """What the rules must know of a ticket's matter."""

    category: str
    accepted_at: datetime
    public_emergency: str | None = None
    repeat_calls: int = 1
    hard: bool = False


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


def handling_limit(profile: Profile, matter: Matter, special: SpecialRule | None = None) -> Limit:
    """Return the limit for handling: another rule's, the one for repeated hard matters, or the category's."""
    ordinary = profile.categories[matter.category].limit
    if special is not None and special.basis in profile.special_limit.allowed_bases:
        return ordinary.model_copy(update={"amount": special.days, "clause": profile.special_limit.clause})
    repeated = profile.repeated
    if repeated and matter.repeat_calls >= repeated.calls and (matter.hard or not repeated.must_be_hard):
        return repeated.limit
    return ordinary


def intake_duties(profile: Profile, matter: Matter, time_of: WorkingTime) -> list[Duty]:
    """Return the centre's own duties from acceptance on."""
    found: list[Duty] = []
    if is_emergency(profile, matter) and profile.emergency:
        transfer = due_after(profile.emergency.transfer, matter.accepted_at, time_of)
        found.append(Duty(DutyKind.TRANSFER, transfer, matter.accepted_at))
    if profile.dispatch.alert:
        alert = due_after(profile.dispatch.alert, matter.accepted_at, time_of)
        found.append(Duty(DutyKind.DISPATCH, alert, matter.accepted_at, assessed=False))
    return found


def assignment_duties(profile: Profile, matter: Matter, work: Assignment, time_of: WorkingTime) -> list[Duty]:
    """Return the duties of one assignment: sign-off, handling and, once signed, the return window."""
    found = [resolve_duty(profile, matter, work, time_of)]
    if profile.sign.limit:
        found.insert(
            0, Duty(DutyKind.SIGN, due_after(profile.sign.limit, work.dispatched_at, time_of), work.dispatched_at)
        )
    window = return_window(profile, work, time_of)
    if window:
        start = work.signed_at or work.dispatched_at
        found.append(Duty(DutyKind.RETURN, window, start, assessed=False))
    return found


def resolve_duty(profile: Profile, matter: Matter, work: Assignment, time_of: WorkingTime) -> Duty:
    """Return the handling duty, extensions included."""
    due = due_after(handling_limit(profile, matter, work.special), work.dispatched_at, time_of)
    for days in work.extensions:
        due = extended(due, days, profile.extension.clause, profile.extension.basis, time_of)
    warn_at = before(due, profile.cards.yellow.before, time_of) if profile.cards else None
    return Duty(DutyKind.RESOLVE, due, work.dispatched_at, warn_at=warn_at)


def return_window(profile: Profile, work: Assignment, time_of: WorkingTime) -> Due | None:
    """Return until when the unit may send the ticket back; None: not yet, or no window."""
    window = profile.returning.window
    if window is None:
        return None
    start = work.signed_at if window.start == "signed" else work.dispatched_at
    return due_after(window, start, time_of) if start else None


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

    A timely extension request that nobody has decided keeps `resolve` off the list (AMB-15).
    """
    breached = {
        duty.kind.value
        for duty in duties
        if duty.assessed
        and (duty.done_at or now) > duty.due_at
        and not (duty.kind is DutyKind.RESOLVE and extension_pending and duty.done_at is None)
    }
    return sorted(breached)


def card(
    profile: Profile, duties: Sequence[DutyFact], now: datetime, *, resting: bool, extension_pending: bool
) -> Card:
    """Return the warning to show (AMB-18, AMB-19); `resting`: answered, closed, or a return is under decision."""
    if profile.cards is None or resting:
        return Card.NONE
    missed = overdue(duties, now, extension_pending=extension_pending)
    if set(missed) & set(profile.cards.red.triggers):
        return Card.RED
    near = any(d.warn_at and d.done_at is None and now >= d.warn_at for d in duties)
    return Card.YELLOW if near else Card.NONE


def supervision_step(profile: Profile, shown: Card, *, enquiry_failed: bool) -> str:
    """Return what a red card asks of the centre (YC-34.2): the phone enquiry, or the notice once that has failed."""
    if shown is not Card.RED or profile.supervision is None:
        return "none"
    notice = enquiry_failed and profile.supervision.notice_after_failed_phone_enquiry
    return "issue_supervision_notice" if notice else "phone_supervision"
