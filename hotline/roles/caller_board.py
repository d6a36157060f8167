"""What the switch knows of callers with all Python dead: who is refused, where a number leads, what is told.

Written as global variables of Asterisk. They stay when we die and are empty after a restart of the switch, so a mark is
looked at every few seconds: where it is not ours, everything is written anew.
"""

import asyncio
from collections.abc import Mapping

import structlog

from core.errors import HotlineError
from core.ids import new_id
from hotline.hotlines import open_directory, own_list
from hotline.house import House
from routing.callers.block_list import BlockList, BlockView
from routing.plan.document import Plan, QueueRules
from routing.plan.service import PlanService
from telephony.waiting_room import WaitingRoom

log = structlog.get_logger(__name__)

_SECONDS = 3.0
"""How soon a change of the block list or the plan holds in the switch."""


class CallerBoard:
    """Keeps the switch's global variables as block list and plan are."""

    def __init__(self, house: House, room: WaitingRoom) -> None:
        self._house = house
        self._room = room
        self._blocks = BlockList(house.database, house.clock)
        self._plans = PlanService(house.database, house.clock)
        self._mark = new_id()[-12:]
        self._written: dict[str, str] = {}
        self._hotlines: tuple[float, dict[str, str]] = (0.0, {})
        """When the list of hotlines was changed that we read, and the queue of each number in it."""

    async def run(self) -> None:
        """Keep until cancelled."""
        while True:
            try:
                await self.look()
            except HotlineError as error:
                log.warning("board_not_written", problem=error.message)
            await asyncio.sleep(_SECONDS)

    async def look(self) -> None:
        """Write what is not in the switch as it should be.

        Raises:
            PartUnavailable, SwitchRefused: the database or the switch is away; what was written holds.
        """
        plan = (await self._plans.current()).plan
        wanted = entries(plan, await self._blocks.list(), self._mark, self._directory())
        if await self._room.read("BOARD") != self._mark:
            self._written = {}
        for name in [name for name in self._written if name not in wanted]:
            await self._room.write(name, "")
            del self._written[name]
        for name, value in wanted.items():
            if self._written.get(name) != value:
                await self._room.write(name, value)
                self._written[name] = value

    def _directory(self) -> dict[str, str]:
        """Return the queue of each number of which the directory of hotlines says one; read when the list changes."""
        path = own_list(self._house.settings)
        changed = path.stat().st_mtime if path.exists() else 0.0
        if changed != self._hotlines[0]:
            lines = open_directory(self._house.settings).all()
            self._hotlines = changed, {one.number: one.queue for one in lines if one.queue and not one.cancelled}
        return self._hotlines[1]


def entries(plan: Plan, blocks: list[BlockView], mark: str, hotlines: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by name, the mark last: with it everything begins to hold at once (pure).

    Args:
        plan: the plan of queues.
        blocks: the block list.
        mark: of this writing.
        hotlines: queue of each number of which the directory says one; the plan's own word for a number prevails.
    """
    found = {f"BLOCK_{one.number.reveal()}": f"{mark}:{int(one.expires_at.timestamp())}" for one in blocks}
    known = {queue.name for queue in plan.queues}
    found |= {f"QUEUE_{number}": f"{mark}:{queue}" for number, queue in hotlines.items() if queue in known}
    for queue in plan.queues:
        found[f"RULES_{queue.name}"] = rules_of(plan, queue)
        found |= {f"QUEUE_{number}": f"{mark}:{queue.name}" for number in queue.dialled}
    return {**found, "EMERGENCY": "-".join(plan.emergency_numbers), "BOARD": mark}


def rules_of(plan: Plan, queue: QueueRules) -> str:
    """Return what a waiting caller of the queue hears and may do, as `hotline-tidings` reads it (pure)."""
    sounds, surge = queue.sounds, plan.surge_of(queue.name)
    opening = [sounds.greeting, surge.announcement if surge is not None else ""]
    return ":".join(
        (
            str(sounds.position_every_seconds),
            str(sounds.comfort_every_seconds),
            str(queue.callback_after_seconds) if queue.callbacks else "never",
            "&".join(sounds.comfort),
            "&".join(one for one in opening if one),
        )
    )
