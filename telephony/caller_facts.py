"""What the dialplan tells of callers besides calls and legs: callbacks asked for and made, callers refused (pure)."""

from datetime import datetime

from core.personal import Personal
from telephony.ami.message import AmiMessage
from telephony.events import CallbackAsked, CallbackFailed, CallbackOutcome, CallbackTaken, CallerRefused, CallFact
from telephony.instants import instant_of

_OUTCOMES = {
    "BUSY": CallbackOutcome.BUSY,
    "NOANSWER": CallbackOutcome.NO_ANSWER,
    "AGENTGONE": CallbackOutcome.AGENT_LEFT,
    "CANCEL": CallbackOutcome.AGENT_LEFT,
}
"""DIALSTATUS, and our own word for an agent who left; everything else: the network could not connect it."""


def callback_asked(event: AmiMessage, at: datetime) -> list[CallFact]:
    """A waiting caller confirmed that he wants to be called back."""
    number = Personal.of(event.get("Number"))
    if number is None:
        return []
    entered = instant_of(event.get("EnteredAt")) or at
    return [CallbackAsked(event.get("Call"), number, event.get("Dialled"), event.get("Queue"), entered, at)]


def callback_taken(event: AmiMessage, at: datetime) -> list[CallFact]:
    """An agent's phone answered the offer of a callback."""
    return [CallbackTaken(event.get("Call"), event.get("Leg"), event.get("Endpoint"), at)]


def callback_failed(event: AmiMessage, at: datetime) -> list[CallFact]:
    """The citizen was not reached."""
    outcome = _OUTCOMES.get(event.get("Status"), CallbackOutcome.UNREACHABLE)
    return [CallbackFailed(event.get("Call"), outcome, at)]


def caller_refused(event: AmiMessage, at: datetime) -> list[CallFact]:
    """A number of the block list was refused."""
    number = Personal.of(event.get("Caller"))
    return [] if number is None else [CallerRefused(number, at)]


HANDLERS = {
    "CallbackAsked": callback_asked,
    "CallbackTaken": callback_taken,
    "CallbackFailed": callback_failed,
    "CallRefused": caller_refused,
}
"""By the name of the UserEvent."""
