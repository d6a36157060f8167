"""AMI events to call facts (pure: no clock, no I/O). Late, repeated and missing events are expected."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from core.personal import Personal
from telephony import caller_facts
from telephony.ami.message import AmiMessage
from telephony.causes import NO_ANSWER_REASON, reason_of
from telephony.contacts import Contacts
from telephony.events import (
    CallArrived,
    CallEnded,
    CallFact,
    CallFellBack,
    CallRequeued,
    CallSeen,
    HangupReason,
    LegEnded,
    LegJoined,
    LegLeaving,
    LegMoved,
    LegRecorded,
    LegRinging,
    LegSeen,
    Party,
    SwitchSnapshot,
)
from telephony.instants import instant_of

_STATE_UP = "6"
_STATE_RINGING = "5"
_RING_ACTION = re.compile(r"(ring|call)/([0-9a-f-]{36})/([0-9a-f-]{36})/([\w-]+)")
_REMEMBERED = 4096


def ring_action_id(call_id: str, leg_id: str, endpoint: str) -> str:
    """Return the ActionID of an Originate that rings a phone: its OriginateResponse tells which leg it was."""
    return f"ring/{call_id}/{leg_id}/{endpoint}"


def call_action_id(call_id: str, leg_id: str, number: str) -> str:
    """Return the ActionID of an Originate that calls somebody into a talk."""
    return f"call/{call_id}/{leg_id}/{number}"


@dataclass(slots=True)
class _Leg:
    call_id: str
    leg_id: str
    party: Party
    endpoint: str
    channel: str = ""
    rang: bool = False
    joined: bool = False
    answered: bool = False


@dataclass(slots=True)
class _Call:
    legs: dict[str, _Leg] = field(default_factory=dict)
    talked: bool = False
    arrived: bool = False  # told, or seen in a snapshot


class FactReader:
    """Remembers the open legs, so that each fact is told once; what it has not seen begin, it still sees end.

    Args:
        spool: where the switch's recordings are, as seen from Python.
    """

    def __init__(self, spool: Path) -> None:
        self._spool = spool
        self._calls: dict[str, _Call] = {}
        self._over: dict[str, None] = {}
        self._channels: set[str] = set()
        self._timed_out: set[str] = set()
        self._handlers: dict[str, Callable[[AmiMessage, datetime], list[CallFact]]] = {
            "UserEvent": self._user_event,
            "Newchannel": self._new_channel,
            "Newstate": self._new_state,
            "HangupRequest": self._hangup_request,
            "Hangup": self._hangup,
            "OriginateResponse": self._originate_response,
            "ContactStatus": Contacts().read,
        }
        self._user_handlers: dict[str, Callable[[AmiMessage, datetime], list[CallFact]]] = {
            "CallArrived": self._arrived,
            "CallFellBack": self._fell_back,
            "CallReturned": self._requeued,
            "LegsJoined": self._joined,
            "LegEntered": self._entered,
            "LegMoved": self._moved,
            "LegEnded": self._leg_ended,
            **caller_facts.HANDLERS,
        }

    def read(self, event: AmiMessage, now: datetime) -> list[CallFact]:
        """Return what an event tells; `now` is used when the event carries no time stamp of its own."""
        handler = self._handlers.get(event.name)
        if handler is None:
            return []
        stamp = event.get("Timestamp")
        return handler(event, (instant_of(str(float(stamp) * 1000)) if _is_number(stamp) else None) or now)

    def reconcile(self, snapshot: SwitchSnapshot) -> list[CallFact]:
        """Take a snapshot for the truth: close legs that are gone, remember those that came unseen."""
        alive = {leg.leg_id for call in snapshot.calls for leg in call.legs}
        facts: list[CallFact] = []
        for call in list(self._calls.values()):
            for leg in list(call.legs.values()):
                if leg.leg_id not in alive:
                    reason = HangupReason.NORMAL if leg.answered else HangupReason.FAILED
                    facts += self._close(leg, reason, snapshot.at)
        self._channels.clear()
        for seen in snapshot.calls:
            for leg_seen in seen.legs:
                self._adopt(seen, leg_seen)
        return facts

    def _user_event(self, event: AmiMessage, at: datetime) -> list[CallFact]:
        handler = self._user_handlers.get(event.get("UserEvent"))
        return [] if handler is None else handler(event, at)

    def _arrived(self, event: AmiMessage, at: datetime) -> list[CallFact]:
        call_id, leg_id = event.get("Call"), event.get("Leg")
        known = self._calls.get(call_id)
        if not call_id or leg_id in self._over or (known is not None and known.arrived):
            return []
        leg = self._open(_Leg(call_id, leg_id, Party.CALLER, "", event.get("Uniqueid"), answered=True))
        self._calls[call_id].arrived = True
        entered = instant_of(event.get("EnteredAt")) or at
        caller = Personal.of(event.get("Caller"))
        way = [event.get(name) for name in ("Reached", "Partner", "Former")]
        where = event.get("Dialled"), event.get("Queue")
        return [CallArrived(call_id, leg_id, leg.channel, caller, *where, entered, *way)]

    def _fell_back(self, event: AmiMessage, at: datetime) -> list[CallFact]:
        return [CallFellBack(event.get("Call"), at)]

    def _requeued(self, event: AmiMessage, at: datetime) -> list[CallFact]:
        return [CallRequeued(event.get("Call"), at, event.get("Queue"))]

    def _entered(self, event: AmiMessage, at: datetime) -> list[CallFact]:
        """Somebody called into a talk answered, or a supervisor who was in it became its agent."""
        entered = _of(event)
        leg = self._open(entered)
        if leg.leg_id in self._over or (leg.joined and leg.party is entered.party):
            return []
        leg.party, leg.joined, leg.answered = entered.party, True, True
        return [LegJoined(leg.call_id, leg.leg_id, leg.party, leg.endpoint, leg.channel, at)]

    def _moved(self, event: AmiMessage, at: datetime) -> list[CallFact]:
        leg = _of(event)
        if leg.leg_id in self._over:
            return []
        return [LegMoved(leg.call_id, leg.leg_id, leg.party, leg.endpoint, leg.channel, event.get("Room"), at)]

    def _joined(self, event: AmiMessage, at: datetime) -> list[CallFact]:
        call_id, joined_at = event.get("Call"), instant_of(event.get("At")) or at
        agent_leg, endpoint = event.get("AgentLeg"), event.get("Endpoint")
        facts: list[CallFact] = []
        for leg_id, party, phone, channel in (
            (event.get("CallerLeg"), Party.CALLER, "", event.get("Uniqueid")),
            (agent_leg, Party.AGENT, endpoint, event.get("AgentChannel") or agent_leg),
        ):
            leg = self._open(_Leg(call_id, leg_id, party, phone, channel, answered=True))
            if not leg.joined and leg_id not in self._over:
                leg.joined = leg.answered = True
                facts.append(LegJoined(call_id, leg_id, party, phone, leg.channel or channel, joined_at))
        if call_id in self._calls:
            self._calls[call_id].talked = True
        return facts

    def _leg_ended(self, event: AmiMessage, at: datetime) -> list[CallFact]:
        """The hang-up handler's word: the recording is complete. That the leg is gone, the Hangup event tells."""
        name, started = Path(event.get("File")).name, instant_of(event.get("RecordedAt"))
        if not name or name == "null" or started is None:
            return []
        ended = instant_of(event.get("EndedAt")) or at
        joined = instant_of(event.get("JoinedAt"))
        path = self._spool / "legs" / name
        party = Party.named(event.get("Party"))
        return [LegRecorded(event.get("Call"), event.get("Leg"), party, path, started, joined, ended)]

    def _new_channel(self, event: AmiMessage, at: datetime) -> list[CallFact]:
        del at
        self._channels.add(event.get("Uniqueid"))
        return []

    def _new_state(self, event: AmiMessage, at: datetime) -> list[CallFact]:
        leg = self._leg_of(event)
        if leg is None:
            return []
        state = event.get("ChannelState")
        leg.answered = leg.answered or state == _STATE_UP
        if state != _STATE_RINGING or leg.rang or leg.party is Party.CALLER:
            return []
        leg.rang = True
        return [LegRinging(leg.call_id, leg.leg_id, leg.party, leg.endpoint, at)]

    def _hangup_request(self, event: AmiMessage, at: datetime) -> list[CallFact]:
        """A BYE came: told before the channel has left its room, written its journal and is gone."""
        leg = self._leg_of(event)
        if leg is None or not leg.joined:
            return []
        return [LegLeaving(leg.call_id, leg.leg_id, leg.party, leg.endpoint, at)]

    def _hangup(self, event: AmiMessage, at: datetime) -> list[CallFact]:
        leg = self._leg_of(event)
        self._channels.discard(event.get("Uniqueid"))
        if leg is None:
            return []
        answered = leg.answered or event.get("ChannelState") == _STATE_UP
        reason = reason_of(
            answered=answered,
            cause=event.number("Cause"),
            sip_status=event.number("TechCause"),
            timed_out=leg.leg_id in self._timed_out,
        )
        return self._close(leg, reason, at, answered=answered)

    def _originate_response(self, event: AmiMessage, at: datetime) -> list[CallFact]:
        """A failed Originate: 'no answer' is only told here; an unregistered phone never had a channel."""
        found = _RING_ACTION.fullmatch(event.get("ActionID"))
        if found is None or event.get("Response") == "Success":
            return []
        kind, call_id, leg_id, endpoint = found.groups()
        if event.get("Reason") == str(NO_ANSWER_REASON):
            self._timed_out.add(leg_id)
        if leg_id in self._over:
            return []
        party = Party.AGENT if kind == "ring" else Party.HOTLINE
        leg = self._open(_Leg(call_id, leg_id, party, endpoint, channel=leg_id))
        # its hang-up will be told; one so early that the channel had no variables yet is known by the unique id alone
        return [] if leg_id in self._channels else self._close(leg, HangupReason.UNREGISTERED, at)

    def _leg_of(self, event: AmiMessage) -> _Leg | None:
        """Find the leg of a channel event: by its own variables, else by the unique id we chose."""
        values = event.variables("ChanVariable")
        unique = event.get("Uniqueid")
        call_id, leg_id = values.get("HOTLINE_CALL", ""), values.get("HOTLINE_LEG", "")
        if not call_id or not leg_id:
            return self._by_channel(unique)
        if leg_id in self._over:
            return None
        party, endpoint = Party.named(values.get("HOTLINE_PARTY", "")), values.get("HOTLINE_ENDPOINT", "")
        leg = self._open(_Leg(call_id, leg_id, party, endpoint, unique, answered=party is Party.CALLER))
        return leg if leg.channel in {"", unique} else None

    def _by_channel(self, unique: str) -> _Leg | None:
        legs = (leg for call in self._calls.values() for leg in call.legs.values())
        return next((leg for leg in legs if unique and leg.channel == unique), None)

    def _open(self, leg: _Leg) -> _Leg:
        """Remember a leg; a leg that is over stays over."""
        if leg.leg_id in self._over:
            return leg
        return self._calls.setdefault(leg.call_id, _Call()).legs.setdefault(leg.leg_id, leg)

    def _adopt(self, call: CallSeen, seen: LegSeen) -> None:
        leg = self._open(_Leg(call.call_id, seen.leg_id, seen.party, seen.endpoint, seen.channel))
        leg.answered, leg.rang = seen.answered, True
        if call.call_id in self._calls:
            self._calls[call.call_id].arrived = True
        self._channels.add(seen.channel)

    def _close(self, leg: _Leg, reason: HangupReason, at: datetime, *, answered: bool | None = None) -> list[CallFact]:
        if leg.leg_id in self._over:
            return []
        self._over[leg.leg_id] = None
        if len(self._over) > _REMEMBERED:
            del self._over[next(iter(self._over))]
        self._timed_out.discard(leg.leg_id)
        self._channels.discard(leg.channel)
        was_answered = leg.answered if answered is None else answered
        facts: list[CallFact] = [LegEnded(leg.call_id, leg.leg_id, leg.party, leg.endpoint, reason, was_answered, at)]
        call = self._calls.get(leg.call_id)
        if call is not None:
            call.legs.pop(leg.leg_id, None)
            if not call.legs:
                del self._calls[leg.call_id]
                facts.append(CallEnded(leg.call_id, at, call.talked))
        return facts


def _of(event: AmiMessage) -> _Leg:
    """Return the answered leg that an event of the dialplan names."""
    party, unique = Party.named(event.get("Party")), event.get("Uniqueid")
    return _Leg(event.get("Call"), event.get("Leg"), party, event.get("Endpoint"), unique, answered=True)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d+(\.\d+)?", text) is not None
