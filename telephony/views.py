"""What the telephony room shows of calls (for the API): plain data, no tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.personal import Personal
from telephony.events import HangupReason, Party
from telephony.model import Call, Leg
from telephony.states import CallState


@dataclass(frozen=True, slots=True)
class LegView:
    """A leg as it is shown."""

    leg_id: str
    party: Party
    endpoint: str
    rang_at: datetime | None
    joined_at: datetime | None
    ended_at: datetime | None
    reason: HangupReason | None
    recorded: bool


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as it is shown."""

    call_id: str
    state: CallState
    caller: Personal | None
    dialled: str
    queue: str
    entered_at: datetime
    fell_back_at: datetime | None
    joined_at: datetime | None
    ended_at: datetime | None
    legs: tuple[LegView, ...]
    callback: Personal | None = None
    """Number at which the caller asked to be called back."""
    reached: str = ""
    """Number of ours that the call came in on."""
    partner: str = ""
    """Partner who transferred the call to us."""
    former: str = ""
    """Our call of before, when the partner had got the caller from us."""


@dataclass(frozen=True, slots=True)
class NumberTraffic:
    """What became of one number in a period."""

    number: str
    calls: int = 0
    """Citizens who dialled it, also where a carrier or a partner forwarded them to another number of ours."""
    answered: int = 0
    """Of them: who talked with somebody."""
    from_partners: int = 0
    """Of them: whom a partner transferred to us."""
    transfers: int = 0
    """How often it was called into a talk as a hotline of a partner."""
    connected: int = 0
    """Of them: where it answered."""


def call_view(call: Call, legs: Iterable[Leg]) -> CallView:
    """Show a call with those of `legs` that belong to it."""
    return CallView(
        call_id=call.id,
        state=CallState(call.state),
        caller=call.caller,
        dialled=call.dialled,
        queue=call.queue,
        entered_at=call.entered_at,
        fell_back_at=call.fell_back_at,
        joined_at=call.joined_at,
        ended_at=call.ended_at,
        legs=tuple(_leg_view(leg) for leg in legs if leg.call_id == call.id),
        callback=call.callback,
        reached=call.reached,
        partner=call.partner,
        former=call.former,
    )


def _leg_view(leg: Leg) -> LegView:
    return LegView(
        leg_id=leg.id,
        party=Party(leg.party),
        endpoint=leg.endpoint,
        rang_at=leg.rang_at,
        joined_at=leg.joined_at,
        ended_at=leg.ended_at,
        reason=HangupReason(leg.reason) if leg.reason else None,
        recorded=leg.recording is not None,
    )
