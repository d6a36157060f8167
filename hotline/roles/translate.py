"""Facts of the switch in the engine's words. Pure; the one place where the two vocabularies meet."""

from collections.abc import Iterable

from core.personal import Personal, keys
from routing import engine_events as engine
from routing.events import OfferOutcome
from telephony import events as switch

_OUTCOMES = {
    switch.HangupReason.BUSY: OfferOutcome.BUSY,
    switch.HangupReason.REJECTED: OfferOutcome.REJECTED,
    switch.HangupReason.NO_ANSWER: OfferOutcome.NO_ANSWER,
    switch.HangupReason.UNREGISTERED: OfferOutcome.UNREGISTERED,
    switch.HangupReason.CANCELLED: OfferOutcome.CANCELLED,
}


def engine_event(  # noqa: C901, PLR0911 - one line a fact
    fact: switch.CallFact, presence: Iterable[engine.AgentPresence] = ()
) -> engine.EngineEvent | None:
    """Return what the engine must hear of a fact; None when it concerns it not.

    Args:
        fact: what was seen in the switch.
        presence: agents as remembered outside the engine; goes into a `Restore`.
    """
    match fact:
        case switch.CallArrived():
            key = _caller_key(fact.caller)
            return engine.CallWaiting(fact.call_id, fact.queue, fact.at, dialled=fact.dialled, caller_key=key)
        case switch.CallFellBack():
            return engine.CallFellBack(fact.call_id)
        case switch.CallRequeued():
            return engine.CallReturned(fact.call_id, fact.queue)
        case switch.LegRinging():
            return engine.OfferRinging(fact.leg_id)
        case switch.LegJoined(party=switch.Party.AGENT):
            return engine.LegJoined(fact.leg_id, fact.call_id, fact.endpoint)
        case switch.LegLeaving(party=switch.Party.AGENT):
            # his phone is free: the next caller need not wait until the switch has put the channel away
            return engine.LegEnded(fact.leg_id)
        case switch.LegEnded(party=switch.Party.CALLER):
            return engine.CallGone(fact.call_id)
        case switch.LegEnded():
            return engine.LegEnded(fact.leg_id, _OUTCOMES.get(fact.reason, OfferOutcome.FAILED))
        case switch.CallEnded():
            return engine.CallOver(fact.call_id)
        case switch.PhoneSeen():
            return engine.PhoneSeen(fact.endpoint, fact.registered, fact.at)
        case switch.SwitchLost():
            return engine.SwitchLost()
        case switch.SwitchSnapshot():
            return engine.Restore(_snapshot(fact, presence))
    return None


def _snapshot(seen: switch.SwitchSnapshot, presence: Iterable[engine.AgentPresence]) -> engine.Snapshot:
    calls = tuple(
        engine.SeenCall(
            call.call_id,
            call.queue,
            call.entered_at,
            engine.SeenMode(call.mode.value),
            dialled=call.dialled,
            caller_key=_caller_key(call.caller),
        )
        for call in seen.calls
        if call.channel
    )
    legs = tuple(
        engine.SeenLeg(leg.leg_id, call.call_id, leg.endpoint, leg.answered)
        for call in seen.calls
        for leg in call.legs
        if leg.party is switch.Party.AGENT
    )
    return engine.Snapshot(calls, legs, seen.registered, tuple(presence))


def _caller_key(caller: Personal | None) -> str:
    """Return what stands for a caller where his number must not be."""
    return "" if caller is None else keys().search_hash(caller.reveal())
