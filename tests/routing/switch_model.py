"""A model of the switch: what is true of callers and phones; each change there becomes a fact in the post."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from routing.engine_events import (
    CallGone,
    CallOver,
    EngineEvent,
    LegEnded,
    LegJoined,
    OfferFailed,
    OfferKind,
    OfferRinging,
    RingAgent,
    SeenCall,
    SeenLeg,
    SeenMode,
    Snapshot,
)
from routing.events import OfferOutcome


@dataclass
class Caller:
    queue: str
    entered_at: datetime
    mode: SeenMode = SeenMode.WAITING
    moved_at: datetime | None = None


@dataclass
class Phone:
    call_id: str
    endpoint: str
    joined: bool = False
    called_back: bool = False


class Switch:
    """What is true: callers on the line and agents' phones that ring or talk; each change goes to the post."""

    def __init__(self, post: Callable[[EngineEvent], None]) -> None:
        self.post = post
        self.callers: dict[str, Caller] = {}
        self.phones: dict[str, Phone] = {}

    def talking(self, call_id: str) -> bool:
        return any(one.joined and one.call_id == call_id for one in self.phones.values())

    def busy(self, endpoint: str) -> bool:
        return any(one.joined and one.endpoint == endpoint for one in self.phones.values())

    def ring(self, command: RingAgent) -> None:
        caller = self.callers.get(command.call_id)
        called_back = command.kind is OfferKind.CALLBACK
        if self.busy(command.endpoint):
            self.post(OfferFailed(command.leg_id, OfferOutcome.BUSY))
            self.post(LegEnded(command.leg_id, OfferOutcome.BUSY))
        elif caller is None and not called_back:
            self.post(LegEnded(command.leg_id, OfferOutcome.FAILED))
        else:
            self.phones[command.leg_id] = Phone(command.call_id, command.endpoint, called_back=called_back)
            self.post(OfferRinging(command.leg_id))

    def end_leg(self, leg_id: str, outcome: OfferOutcome) -> None:
        phone = self.phones.pop(leg_id, None)
        if phone is None:
            return
        self.post(LegEnded(leg_id, outcome))
        caller = self.callers.get(phone.call_id)
        if phone.joined and caller is not None:
            caller.mode = SeenMode.SURVEY
        if phone.joined and phone.called_back:
            self.post(CallOver(phone.call_id))

    def cancel(self, leg_id: str) -> None:
        if leg_id in self.phones and not self.phones[leg_id].joined:
            self.end_leg(leg_id, OfferOutcome.CANCELLED)

    def answer(self, leg_id: str) -> None:
        phone = self.phones[leg_id]
        caller = self.callers.get(phone.call_id)
        if phone.called_back and not self.busy(phone.endpoint):
            phone.joined = True
            self.post(LegJoined(leg_id, phone.call_id, phone.endpoint))
            return
        if caller is None or caller.mode is not SeenMode.WAITING or self.busy(phone.endpoint):
            self.end_leg(leg_id, OfferOutcome.FAILED)  # the dialplan's own guard
            return
        phone.joined = True
        caller.mode = SeenMode.TALKING
        self.post(LegJoined(leg_id, phone.call_id, phone.endpoint))

    def leave(self, call_id: str) -> None:
        del self.callers[call_id]
        self.post(CallGone(call_id))
        for leg_id in [leg for leg, one in self.phones.items() if one.call_id == call_id]:
            self.end_leg(leg_id, OfferOutcome.CANCELLED)
        self.post(CallOver(call_id))

    def snapshot(self) -> Snapshot:
        return Snapshot(
            calls=tuple(
                SeenCall(id_, one.queue, one.entered_at, one.mode, moved_at=one.moved_at)
                for id_, one in self.callers.items()
            ),
            legs=tuple(SeenLeg(leg, one.call_id, one.endpoint, one.joined) for leg, one in self.phones.items()),
        )
