"""The plan of queues for the engine: read at the start, and again whenever another version is put in force."""

import asyncio
from collections.abc import Callable

import structlog

from core.errors import HotlineError
from hotline.house import House
from routing.engine_events import PlanChanged
from routing.events import PLAN_TOPIC
from routing.plan.service import ActivePlan, PlanService, shipped_plan

log = structlog.get_logger(__name__)

_PATIENCE_SECONDS = 2.0
_LOOK_SECONDS = 10.0
"""How often it is looked at unasked: a message may be lost, and agents come and go without a new version."""


class PlanKeeper:
    """Holds the plan in force.

    Args:
        house: bus and database.
        feed: gives the engine an event.
    """

    def __init__(self, house: House, feed: Callable[[PlanChanged], None]) -> None:
        self._bus = house.bus
        self._service = PlanService(house.database, house.clock)
        self._feed = feed
        self._held: ActivePlan | None = None
        self._told = asyncio.Event()

    async def first(self) -> ActivePlan:
        """Return the plan to begin with. While the database is away it is the shipped one: better than no engine."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                self._held = await self._service.current()
        except (HotlineError, TimeoutError) as error:
            log.error("plan_not_read", problem=str(error), remedy="暂按出厂排队方案运行,数据库恢复后自动更新")  # noqa: TRY400
            return ActivePlan(0, shipped_plan(), None, "")
        return self._held

    def answer_within(self, queue: str) -> float | None:
        """Return the seconds within which calls of a queue are to be answered; None: the plan does not know it."""
        queues = () if self._held is None else self._held.plan.queues
        return next((one.service_level_seconds for one in queues if one.name == queue), None)

    async def run(self) -> None:
        """Follow changes until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._follow())

    async def _listen(self) -> None:
        async for _ in self._bus.subscribe(PLAN_TOPIC):
            self._told.set()

    async def _follow(self) -> None:
        while True:
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._told.wait()
            except TimeoutError:
                pass
            self._told.clear()
            await self._look()

    async def _look(self) -> None:
        try:
            current = await self._service.current()
        except HotlineError as error:
            log.warning("plan_not_read", problem=error.message)
            return
        if self._held is None or (current.version, current.plan) != (self._held.version, self._held.plan):
            self._held = current
            self._feed(PlanChanged(current.plan, current.version))
            log.info("plan_taken", version=current.version)
