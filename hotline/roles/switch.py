"""Role `switch`: records what one Asterisk does, tells it live, opens the ticket of an answered call, transfers."""

import asyncio
from dataclasses import asdict
from functools import partial
from typing import Any

import structlog

from core.errors import HotlineError, PartUnavailable
from hotline.house import House
from hotline.phones import is_probe
from hotline.roles import transfers
from hotline.tickets import ticket_service
from hotline.topics import RECORDER_STATE
from telephony.ami import AmiLink
from telephony.events import CallArrived, CallEnded, CallFact, CallFellBack, LegEnded, LegJoined, LegRinging, Party
from telephony.service import CallRecorder
from telephony.watcher import SwitchWatcher
from tickets.service import TicketService

log = structlog.get_logger(__name__)

_EVENT_NAMES = {
    CallArrived: "arrived",
    CallFellBack: "fell_back",
    LegRinging: "leg_ringing",
    LegJoined: "leg_joined",
    LegEnded: "leg_ended",
    CallEnded: "ended",
}


async def run(house: House) -> None:
    """Run the role until cancelled.

    Raises:
        PartUnavailable: the switch cannot be reached or refuses the AMI user.
    """
    settings = house.settings
    asterisk = settings.asterisk
    link = AmiLink(asterisk.host, asterisk.ami_port, "recorder", house.secrets.ami_password("recorder"))
    await link.start()
    await house.bus.serve(RECORDER_STATE, partial(_state, link))
    recorder = CallRecorder(house.database, house.clock, settings.spool_dir)
    teller = _Teller(house, recorder, ticket_service(house))
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(recorder.run(SwitchWatcher(link, house.clock, settings.spool_dir), after=teller.tell))
            group.create_task(transfers.run(house))
    finally:
        await link.close()


async def _state(link: AmiLink, request: dict[str, Any]) -> dict[str, object]:
    """Serve `RECORDER_STATE`: whether the switch is seen.

    Raises:
        PartUnavailable: it is not.
    """
    del request
    if not link.connected:
        raise PartUnavailable("asterisk", "AMI 连接中断", remedy="确认 Asterisk 正在运行(hotline asterisk status)")
    return {"state": "可用"}


class _Teller:
    """What follows a recorded fact: the draft ticket, then the live event."""

    def __init__(self, house: House, recorder: CallRecorder, tickets: TicketService) -> None:
        self._bus = house.bus
        self._settings = house.settings
        self._recorder = recorder
        self._tickets = tickets

    async def tell(self, fact: CallFact) -> None:
        if isinstance(fact, LegJoined) and fact.party is Party.AGENT:
            await self._open_draft(fact.call_id)
        name = _EVENT_NAMES.get(type(fact))
        if name is not None and hasattr(fact, "call_id"):
            await self._bus.publish(f"hotline/calls/{fact.call_id}/state", {"event": name, **_shown(fact)})

    async def _open_draft(self, call_id: str) -> None:
        # the message of the call's end opens it too, should this not succeed
        try:
            call = await self._recorder.call(call_id)
            if call.caller is not None and is_probe(self._settings, call.caller.reveal()):
                return
            await self._tickets.open_draft(call_id, call.caller, call.dialled)
        except HotlineError as error:
            log.warning("draft_not_opened", call_id=call_id, problem=error.code)


def _shown(fact: CallFact) -> dict[str, object]:
    values = asdict(fact)
    caller = values.pop("caller", None)
    if caller is not None:
        values["caller"] = caller.masked
    return values
