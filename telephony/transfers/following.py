"""Facts of the switch to talks and to events of the table (pure but for its memory)."""

from dataclasses import replace

from telephony.events import (
    CallArrived,
    CallEnded,
    CallFact,
    CallFellBack,
    CallMode,
    CallRequeued,
    CallSeen,
    LegEnded,
    LegJoined,
    LegMoved,
    Party,
    SwitchSnapshot,
)
from telephony.transfers.states import TalkEvent
from telephony.transfers.talk import Room, Talk, TalkLeg

Told = tuple[str, TalkEvent, str]
"""Call, what happened, number or phone of whom."""


class Floor:
    """Every talk that the switch has now."""

    def __init__(self) -> None:
        self.talks: dict[str, Talk] = {}
        self._restored: list[str] = []

    def take(self, fact: CallFact) -> list[Told]:
        """Follow a fact; return what it means in the table's words."""
        told = self._follow(fact)
        talk = self.talks.get(getattr(fact, "call_id", ""))
        if talk is not None:
            talk.facts += 1
        return told

    def _follow(self, fact: CallFact) -> list[Told]:
        match fact:
            case CallArrived():
                talk = self._talk(fact.call_id)
                talk.caller, talk.dialled, talk.queue = fact.caller, fact.dialled, fact.queue
                self._put(talk, TalkLeg(fact.leg_id, Party.CALLER, "", fact.channel, answered=True))
            case CallRequeued() | CallFellBack():
                self._requeued(fact)
            case LegJoined():
                return self._joined(fact)
            case LegMoved():
                self._moved(fact)
            case LegEnded():
                return self._ended(fact)
            case CallEnded():
                self.talks.pop(fact.call_id, None)
            case SwitchSnapshot():
                self.talks = {call.call_id: _restored(call) for call in fact.calls}
                self._restored = list(self.talks)
            case _:
                pass
        return []

    def restored(self) -> list[str]:
        """Return the calls of the last snapshot, once."""
        found, self._restored = self._restored, []
        return found

    def expect(self, call_id: str, leg: TalkLeg) -> None:
        """Note a leg that is about to be called."""
        self.talks[call_id].legs[leg.leg_id] = leg

    def forget(self, call_id: str, leg_id: str) -> None:
        """Forget a leg that could not be called."""
        if call_id in self.talks:
            self.talks[call_id].legs.pop(leg_id, None)

    def _talk(self, call_id: str) -> Talk:
        return self.talks.setdefault(call_id, Talk(call_id))

    @staticmethod
    def _put(talk: Talk, leg: TalkLeg) -> None:
        talk.legs.setdefault(leg.leg_id, leg)

    def _requeued(self, fact: CallRequeued | CallFellBack) -> None:
        talk = self._talk(fact.call_id)
        if isinstance(fact, CallFellBack):
            talk.fell_back = True
            return
        talk.queue = fact.queue or talk.queue
        caller = talk.caller_leg
        if caller is not None:
            talk.legs[caller.leg_id] = replace(caller, room=Room.NONE)

    def _joined(self, fact: LegJoined) -> list[Told]:
        talk = self._talk(fact.call_id)
        self._put(talk, TalkLeg(fact.leg_id, fact.party, fact.endpoint, fact.channel, answered=True))
        leg = talk.legs[fact.leg_id]
        # the room it goes to is told next; who is called in counts as there from its answer on
        room = leg.room or (Room.NONE if talk.fell_back else leg.goes if leg.target else Room.MAIN)
        agentless = leg.target and talk.agent_leg is None
        talk.legs[fact.leg_id] = replace(leg, answered=True, room=Room.MAIN if agentless else room)
        if leg.target:
            return [(fact.call_id, TalkEvent.ANSWERED, leg.endpoint)]
        return [(fact.call_id, TalkEvent.JOINED, leg.endpoint)] if leg.party is Party.AGENT else []

    def _moved(self, fact: LegMoved) -> None:
        talk = self._talk(fact.call_id)
        self._put(talk, TalkLeg(fact.leg_id, fact.party, fact.endpoint, fact.channel, answered=True))
        talk.moved(fact.leg_id, Room.named(fact.room, fact.call_id))

    def _ended(self, fact: LegEnded) -> list[Told]:
        talk = self.talks.get(fact.call_id)
        leg = talk.legs.pop(fact.leg_id, None) if talk is not None else None
        if talk is None or leg is None:
            return []
        if leg.target:
            event = TalkEvent.TARGET_LEFT if leg.answered else TalkEvent.FAILED
        else:
            event = {Party.CALLER: TalkEvent.CALLER_LEFT}.get(leg.party, TalkEvent.AGENT_LEFT)
        if not talk.legs:
            del self.talks[fact.call_id]
        if leg.party is Party.AGENT and not leg.target and not leg.room:
            return []  # an offer of the engine that nobody took
        return [(fact.call_id, event, leg.endpoint)]


def _restored(call: CallSeen) -> Talk:
    legs = {
        leg.leg_id: TalkLeg(
            leg.leg_id,
            leg.party,
            leg.endpoint,
            leg.channel,
            leg.answered,
            Room.named(leg.room, call.call_id) if leg.answered else Room.NONE,
            target=leg.target,
            goes=Room.MAIN if leg.goes_main else Room.SIDE,
            blind=leg.blind,
        )
        for leg in call.legs
    }
    return Talk(call.call_id, call.caller, call.dialled, call.queue, legs, call.mode is CallMode.FALLBACK)
