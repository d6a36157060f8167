"""What the telephony room tells the others: facts about calls and legs, as they were seen in the switch.

A call is one citizen's dialling of one number; a leg is one party's channel in it. Ids are UUIDv7. Instants are aware
UTC. Facts may arrive late or twice; every consumer is idempotent on (call_id, leg_id).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from core.personal import Personal


class Party(StrEnum):
    """Who is on a leg."""

    CALLER = "caller"
    AGENT = "agent"
    HOTLINE = "hotline"
    """Whoever was called into the talk and is no agent: a merged hotline, a unit, an emergency line."""
    SUPERVISOR = "supervisor"
    """Listens, whispers or has barged in; who takes the call over is its agent from then on."""

    @classmethod
    def named(cls, text: str) -> "Party":
        """Return the party of this name; the caller for anything else."""
        return cls(text) if text in set(cls) else cls.CALLER


class HangupReason(StrEnum):
    """Why a leg ended, from the Q.850 cause and the SIP code of its Hangup event."""

    NORMAL = "normal"
    BUSY = "busy"
    REJECTED = "rejected"
    NO_ANSWER = "no_answer"
    UNREGISTERED = "unregistered"
    CANCELLED = "cancelled"
    CONGESTED = "congested"
    """No line was free: a partner's limit is reached."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CallArrived:
    """A caller was answered by the switch and waits with music."""

    call_id: str
    leg_id: str
    channel: str
    """Unique id of the caller's channel in the switch."""
    caller: Personal | None
    dialled: str
    """Number that the citizen dialled, also when the carrier or a partner forwarded the call to us."""
    queue: str
    at: datetime
    reached: str = ""
    """Number of ours that the call came in on."""
    partner: str = ""
    """Partner who transferred the call to us; empty: it comes from the carrier."""
    former: str = ""
    """Our own call id of before, when the partner had got the caller from us."""


@dataclass(frozen=True, slots=True)
class CallFellBack:
    """No engine beat its heart: the dialplan sent the caller to Asterisk's own queue. The engine leaves it alone."""

    call_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CallRequeued:
    """The caller waits with music again, since `entered_at` as before.

    The agent hung up in the instant of joining, or a transfer reached nobody, or the transfer was to this queue.
    """

    call_id: str
    at: datetime
    queue: str = ""
    """Queue he waits in; empty: the one he was in."""


@dataclass(frozen=True, slots=True)
class LegRinging:
    """The phone of a leg we called rings."""

    call_id: str
    leg_id: str
    party: Party
    endpoint: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LegJoined:
    """A leg entered the talk (for an agent's leg: caller and agent hear each other)."""

    call_id: str
    leg_id: str
    party: Party
    endpoint: str
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LegMoved:
    """A leg entered a room of its talk (it hears who is in it, or music)."""

    call_id: str
    leg_id: str
    party: Party
    endpoint: str
    channel: str
    room: str
    """Name of the conference: the call id for the main room, something longer for the one aside."""
    at: datetime


@dataclass(frozen=True, slots=True)
class LegLeaving:
    """The far end of a joined leg hung up; the switch takes its channel down: `LegEnded` follows within a moment."""

    call_id: str
    leg_id: str
    party: Party
    endpoint: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LegEnded:
    """A leg is gone: it hung up, or never came to be."""

    call_id: str
    leg_id: str
    party: Party
    endpoint: str
    reason: HangupReason
    answered: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The last leg of a call is gone."""

    call_id: str
    at: datetime
    talked: bool
    """True when caller and an agent heard each other."""


@dataclass(frozen=True, slots=True)
class LegRecorded:
    """The read-side recording of a leg is complete on disk (mono wav, 8 kHz, 16 bit)."""

    call_id: str
    leg_id: str
    party: Party
    path: Path
    started_at: datetime
    joined_at: datetime | None
    """When the leg first heard another party; what was recorded before is not kept."""
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class PhoneSeen:
    """Registration of a phone changed."""

    endpoint: str
    registered: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class SwitchLost:
    """The AMI link is down; what the switch does now is not seen."""

    at: datetime


class CallbackOutcome(StrEnum):
    """Why a citizen who was called back was not reached."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    AGENT_LEFT = "agent_left"


@dataclass(frozen=True, slots=True)
class CallbackAsked:
    """A waiting caller confirmed that he wants to be called back; his leg ends after a farewell."""

    call_id: str
    number: Personal
    """Where he wants to be called, in national form."""
    dialled: str
    queue: str
    entered_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class CallbackTaken:
    """An agent's phone answered the offer of a callback: the switch dials the citizen now."""

    call_id: str
    leg_id: str
    endpoint: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CallbackFailed:
    """The citizen of a callback was not reached; the agent's leg ends."""

    call_id: str
    outcome: CallbackOutcome
    at: datetime


@dataclass(frozen=True, slots=True)
class CallerRefused:
    """The switch refused a caller whose number is on the block list; there is no call."""

    number: Personal
    at: datetime


class CallMode(StrEnum):
    """What the dialplan is doing with the caller (channel variable HOTLINE_MODE)."""

    WAITING = "waiting"
    TALKING = "talking"
    FALLBACK = "fallback"
    SURVEY = "survey"


@dataclass(frozen=True, slots=True)
class LegSeen:
    """A leg as it is in the switch at the moment of a snapshot."""

    leg_id: str
    party: Party
    endpoint: str
    channel: str
    answered: bool
    room: str = ""
    """Conference it is in (see `LegMoved`); empty: none."""
    target: bool = False
    """It was called into a talk (transfer, consult, three-way), not offered a caller."""
    goes_main: bool = False
    """A target that rings: it will enter the main room when it answers."""
    blind: bool = False
    """A target that rings: the agent is freed by its answer."""


@dataclass(frozen=True, slots=True)
class CallSeen:
    """A call as it is in the switch at the moment of a snapshot; the caller's leg is among `legs`."""

    call_id: str
    mode: CallMode
    caller_leg_id: str
    """Empty when the caller is gone and another leg has not ended yet."""
    channel: str
    """Unique id of the caller's channel; empty when the caller is gone."""
    caller: Personal | None
    dialled: str
    queue: str
    entered_at: datetime
    legs: tuple[LegSeen, ...]


@dataclass(frozen=True, slots=True)
class SwitchSnapshot:
    """Everything the switch holds, read after (re)connecting: calls that are not in it are over."""

    at: datetime
    calls: tuple[CallSeen, ...]
    registered: frozenset[str]
    """Endpoints with a registered phone."""


CallFact = (
    CallArrived
    | CallbackAsked
    | CallbackTaken
    | CallbackFailed
    | CallerRefused
    | CallFellBack
    | CallRequeued
    | LegRinging
    | LegJoined
    | LegMoved
    | LegLeaving
    | LegEnded
    | CallEnded
    | LegRecorded
    | PhoneSeen
    | SwitchLost
    | SwitchSnapshot
)

CALL_ENDED = "telephony.call_ended"
"""Outbox topic: payload `CallEndedMessage`, sent once every leg's recording of a finished call is known."""


@dataclass(frozen=True, slots=True)
class CallEndedMessage:
    """Payload of `CALL_ENDED` (JSON object with these names; instants ISO 8601)."""

    call_id: str
    talked: bool
    legs: tuple[LegRecorded, ...]


HANDED_OVER = "telephony.handed_over"
"""Outbox topic: a partner is called, answered or did not; payload `HandOver`, sent to it by signed webhook."""

HANDOVER_CHECK = "telephony.handover_check"
"""Outbox topic, delivered once the ringing must be over: tell the outcome if nobody has; payload `HandOver`."""

EMERGENCY_LINKED = "telephony.emergency_linked"
"""Outbox topic: an agent connected an emergency or utility line; payload `HandOver` (YC-15: two hours begin)."""


class HandOverStage(StrEnum):
    """How far a transfer to a partner has come."""

    RINGING = "ringing"
    """The partner's phone rings: whoever answers finds the note there."""
    ANSWERED = "answered"
    NOT_CONNECTED = "not_connected"
    """Nobody took the call: the note is void."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Payload of the three topics: the note of a transfer. Holds personal data: for a protected channel only."""

    call_id: str
    leg_id: str
    """This one attempt to transfer; the same in all its stages."""
    stage: HandOverStage
    trunk: str
    """Partner behind whose trunk it is."""
    number: str
    """Number that was called."""
    caller: Personal | None
    reason: str
    """Why, in the agent's words."""
    said: Personal | None
    """What was said so far, or the summary of the ticket."""
    ticket: str
    """Number of the ticket; empty: none yet."""
    by: str
    """Account of the agent."""
    at: datetime
    """Of the stage."""
    emergency: bool = False
    """An emergency or utility line."""
    why: str = ""
    """Why nobody took the call (`HangupReason`)."""
