"""Transfers beside the role `switch`: the desk follows this Asterisk and does what agents ask over the bus."""

from dataclasses import asdict
from typing import Any

import structlog

from asterisk.partners import load
from core.errors import InvalidInput, NotFound
from core.personal import Personal
from hotline.hotlines import open_directory
from hotline.house import House
from hotline.roles.announcing import announcement
from hotline.roles.notes import HandOverNotes
from hotline.roles.trunks import trunk_health
from hotline.topics import TRUNKS
from telephony.ami import AmiLink
from telephony.events import HandOver, HandOverStage, HangupReason
from telephony.transfers.desk import TransferDesk, TransferNotice, Wish
from telephony.transfers.destinations import Destination
from telephony.transfers.rooms import RoomControl
from telephony.transfers.states import VERBS, TalkEvent
from telephony.transfers.talk import Talk
from telephony.waiting_room import WaitingRoom
from telephony.watcher import SwitchWatcher

log = structlog.get_logger(__name__)

TRANSFER_ACT = "hotline/rpc/transfers/act"
"""`{call_id, verb, number, kind, reason, said, ticket, by}` → the talk afterwards."""
TRANSFER_STATE = "hotline/rpc/transfers/state"
"""`{call_id}` → the talk."""
_WHY = {
    HangupReason.BUSY: "对方忙",
    HangupReason.REJECTED: "对方拒接",
    HangupReason.NO_ANSWER: "对方无人接听",
    HangupReason.UNREGISTERED: "对方不在线或中继不通",
    HangupReason.CONGESTED: "对方中继线路已满",
    HangupReason.CANCELLED: "已取消",
}

_CALLING = frozenset({TalkEvent.CONSULT, TalkEvent.INVITE, TalkEvent.BLIND})
_RING_SECONDS = 30.0
_EMERGENCY_RING_SECONDS = 60.0
_SAID_LENGTH = 2000


async def run(house: House) -> None:
    """Follow the switch and serve until cancelled.

    Raises:
        PartUnavailable: the switch cannot be reached or refuses the AMI user.
    """
    asterisk = house.settings.asterisk
    link = AmiLink(asterisk.host, asterisk.ami_port, "engine", house.secrets.ami_password("engine"))
    await link.start()
    try:
        await TransferRole(house, link).run()
    finally:
        await link.close()


class TransferRole:
    """Requests of agents to the desk, and what must be told of them."""

    def __init__(self, house: House, link: AmiLink) -> None:
        self._house = house
        self._link = link
        self._rooms = RoomControl(link)
        self._waiting = WaitingRoom(link)
        self._desk = TransferDesk(self._rooms, house.clock, self._tell)
        self._notes = HandOverNotes(house)

    async def run(self) -> None:
        """Serve until cancelled."""
        bus = self._house.bus
        await bus.serve(TRANSFER_ACT, self._act)
        await bus.serve(TRANSFER_STATE, self._state)
        await bus.serve(TRUNKS, self._trunks)
        async for fact in SwitchWatcher(self._link, self._house.clock, self._house.settings.spool_dir).facts():
            await self._desk.take(fact)
            await self._notes.take(fact)

    # ---- requests

    async def _act(self, request: dict[str, Any]) -> dict[str, object]:
        call_id, verb = _text(request, "call_id"), _text(request, "verb")
        if verb not in VERBS:
            raise InvalidInput("verb", "不认识的操作")
        event = TalkEvent(verb)
        talk = self._desk.talk(call_id)
        if event is TalkEvent.REQUEUE:
            await self._desk.requeue(call_id, _text(request, "number"), announcement(self._house.settings, "back"))
        elif event in _CALLING:
            await self._call(talk, event, request)
        else:
            await self._desk.act(call_id, event)
        return shown(talk)

    async def _call(self, talk: Talk, event: TalkEvent, request: dict[str, Any]) -> None:
        destination = self._destination(_text(request, "number"), str(request.get("kind") or "hotline"))
        if destination is None:
            await self._desk.requeue(
                talk.call_id,
                await self._queue_of(_text(request, "number")),
                announcement(self._house.settings, _text(request, "number")),
            )
            return
        destination = await self._rooms.free_seat(destination)
        if destination.emergency:
            event = TalkEvent.INVITE  # never queued, never behind music: the agent stays with the caller
        wish = Wish(
            destination,
            sounds=announcement(self._house.settings, destination.number) if event is TalkEvent.BLIND else "",
            seconds=_EMERGENCY_RING_SECONDS if destination.emergency else _RING_SECONDS,
            headers={"X-Hotline-Transfer": event.value},
        )
        if destination.trunk or destination.emergency:
            self._notes.expect(self._note(talk, wish, request))
        await self._desk.act(talk.call_id, event, wish)
        await self._notes.rings(wish.leg_id, wish.seconds)

    def _destination(self, number: str, kind: str) -> Destination | None:
        """Return where to; None: to a queue of ours.

        Raises:
            NotFound, Conflict, InvalidInput: it cannot be transferred to; says why.
        """
        if kind == "agent":
            return Destination(number, f"坐席 {number}")
        return open_directory(self._house.settings).destination(number, self._house.clock.now())

    async def _queue_of(self, number: str) -> str:
        """Return the queue of a hotline whose seats are with us: of its entry, else where the plan leads its number."""
        entry = open_directory(self._house.settings).find(number)
        if entry is None:
            raise NotFound("热线", number)
        return entry.queue or await self._waiting.queue_of(number) or "general"

    def _note(self, talk: Talk, wish: Wish, request: dict[str, Any]) -> HandOver:
        return HandOver(
            call_id=talk.call_id,
            leg_id=wish.leg_id,
            stage=HandOverStage.RINGING,
            trunk=wish.destination.trunk,
            number=wish.destination.number,
            caller=talk.caller,
            reason=str(request.get("reason") or "")[:_SAID_LENGTH],
            said=Personal.of(str(request.get("said") or "")[:_SAID_LENGTH]),
            ticket=str(request.get("ticket") or "")[:64],
            by=str(request.get("by") or ""),
            at=self._house.clock.now(),
            emergency=wish.destination.emergency,
        )

    async def _state(self, request: dict[str, Any]) -> dict[str, object]:
        return shown(self._desk.talk(_text(request, "call_id")))

    async def _trunks(self, request: dict[str, Any]) -> dict[str, object]:
        del request
        return await trunk_health(self._link, load(self._house.settings.home))

    # ---- notices

    async def _tell(self, notice: TransferNotice) -> None:
        payload = {name: value for name, value in asdict(notice).items() if name != "event"}
        if notice.reason is not None:
            payload["why"] = _WHY.get(notice.reason, "呼叫失败")
        await self._house.bus.publish(
            f"hotline/calls/{notice.call_id}/state", {"event": f"transfer_{notice.event.value}", **payload}
        )


def shown(talk: Talk) -> dict[str, object]:
    """Return a talk as the interface shows it."""
    legs = [
        {"leg_id": leg.leg_id, "party": leg.party, "endpoint": leg.endpoint, "room": leg.room, "answered": leg.answered}
        for leg in talk.legs.values()
    ]
    return {"call_id": talk.call_id, "state": talk.state, "queue": talk.queue, "dialled": talk.dialled, "legs": legs}


def _text(request: dict[str, Any], name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidInput(name, "不能为空")
    return value
