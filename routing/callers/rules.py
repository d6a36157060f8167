"""Rules of callbacks: states in one table, when the next attempt is made, when none is (pure)."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from core.clock import LOCAL
from core.errors import TransitionRefused


class CallbackKind(StrEnum):
    """Why a citizen is to be called back."""

    ASKED = "asked"
    """He asked for it instead of waiting."""
    MISSED = "missed"
    """He hung up before anybody answered (国办函〔2025〕66号)."""


class CallbackState(StrEnum):
    """Where a callback is."""

    WAITING = "waiting"
    """In line, or until its next attempt."""
    CALLING = "calling"
    """An agent is on the line and the citizen's phone rings."""
    REACHED = "reached"
    RANG_AGAIN = "rang_again"
    """The citizen called again and was answered."""
    GIVEN_UP = "given_up"
    CANCELLED = "cancelled"


class CallbackAct(StrEnum):
    """What happens to a callback."""

    TAKEN = "taken"
    FAILED = "failed"
    """Not reached; another attempt follows."""
    EXHAUSTED = "exhausted"
    """Not reached, and that was the last attempt; or too old."""
    REACHED = "reached"
    RANG_AGAIN = "rang_again"
    CANCELLED = "cancelled"


OPEN = frozenset({CallbackState.WAITING, CallbackState.CALLING})

TRANSITIONS: dict[tuple[CallbackState, CallbackAct], CallbackState] = {
    (CallbackState.WAITING, CallbackAct.TAKEN): CallbackState.CALLING,
    (CallbackState.WAITING, CallbackAct.RANG_AGAIN): CallbackState.RANG_AGAIN,
    (CallbackState.WAITING, CallbackAct.CANCELLED): CallbackState.CANCELLED,
    (CallbackState.WAITING, CallbackAct.EXHAUSTED): CallbackState.GIVEN_UP,
    (CallbackState.CALLING, CallbackAct.TAKEN): CallbackState.CALLING,
    (CallbackState.CALLING, CallbackAct.FAILED): CallbackState.WAITING,
    (CallbackState.CALLING, CallbackAct.EXHAUSTED): CallbackState.GIVEN_UP,
    (CallbackState.CALLING, CallbackAct.REACHED): CallbackState.REACHED,
    (CallbackState.CALLING, CallbackAct.RANG_AGAIN): CallbackState.RANG_AGAIN,
    (CallbackState.CALLING, CallbackAct.CANCELLED): CallbackState.CANCELLED,
}
"""The one table of a callback's transitions."""


def after(state: CallbackState, act: CallbackAct) -> CallbackState:
    """Return the state after an act.

    Raises:
        TransitionRefused: the table does not list it.
    """
    following = TRANSITIONS.get((state, act))
    if following is None:
        raise TransitionRefused("回拨", state.value, act.value)
    return following


class CallOutcome(StrEnum):
    """How one call back ended."""

    REACHED = "reached"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    """The network could not connect it."""
    AGENT_LEFT = "agent_left"
    """The agent hung up first, or the switch was lost: the citizen is not to blame, so it counts as no attempt."""


@dataclass(frozen=True, slots=True)
class CallbackRules:
    """The numbers an operator may set."""

    attempts: int = 3
    """Attempts in all before a callback is given up."""
    retry_minutes: tuple[int, ...] = (10, 30)
    """After the first, the second … vain attempt; the last one holds for the others."""
    earliest: time = time(8)
    """No attempt of a missed call, and no second attempt, before this time of day (Asia/Shanghai) …"""
    latest: time = time(21)
    """… nor from this time on."""
    shortest_seconds: float = 5.0
    """A caller who hung up sooner had dialled wrong or thought better of it: no callback."""
    missed_pause: timedelta = timedelta(minutes=10)
    """How long a missed caller is left alone first: most ring again by themselves."""
    keep: timedelta = timedelta(days=3)
    """A callback older than this is given up: the matter has gone other ways."""


def retry_at(rules: CallbackRules, vain: int, now: datetime) -> datetime | None:
    """Return when the next attempt may be made after `vain` vain ones (from 1); None: no more."""
    if vain >= rules.attempts:
        return None
    minutes = rules.retry_minutes[min(vain, len(rules.retry_minutes)) - 1] if rules.retry_minutes else 0
    return in_waking_hours(rules, now + timedelta(minutes=minutes))


def in_waking_hours(rules: CallbackRules, at: datetime) -> datetime:
    """Return `at`, or the next morning's earliest instant when citizens are not to be disturbed then."""
    local = at.astimezone(LOCAL)
    if rules.earliest <= local.time() < rules.latest:
        return at
    day = local.date() + timedelta(days=0 if local.time() < rules.earliest else 1)
    return datetime.combine(day, rules.earliest, LOCAL).astimezone(at.tzinfo)
