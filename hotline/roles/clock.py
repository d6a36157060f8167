"""Role `clock`: what happens because time passes: deliveries, text messages, due duties, erasure, a filling disk."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import structlog

from core import disk, outbox_repository
from core.actors import SYSTEM
from core.errors import HotlineError
from core.outbox import Deliverer
from hotline.deliveries import Deliveries
from hotline.evidence import HouseEvidence
from hotline.house import House
from hotline.probes import ProbeWatch
from hotline.roles.alarms import AlarmBell
from hotline.services import recording_service, survey_service
from hotline.tickets import CalendarWatch, ticket_service

log = structlog.get_logger(__name__)

_SMS_SECONDS = 1.0
_DUTIES_SECONDS = 30.0
_REMINDERS_SECONDS = 300.0
_RETENTION_SECONDS = 3600.0
_CALENDAR_SECONDS = 60.0
_DISK_SECONDS = 60.0
_PROBES_SECONDS = 30.0
_ALARMS_SECONDS = 5.0
_DELIVERED_KEPT = timedelta(days=30)
"""A delivered message is kept this long: until then the same topic and key are known as done."""


async def run(house: House) -> None:
    """Run the role until cancelled."""
    tickets = ticket_service(house)
    surveys = survey_service(house)
    recordings = recording_service(house)
    probes = ProbeWatch(house)
    evidence = HouseEvidence(recordings, surveys)

    async def erase_due() -> None:
        await recordings.erase_due(house.clock.now(), SYSTEM)

    async def forget_delivered() -> None:
        async with house.database.transaction() as session:
            await outbox_repository.purge_delivered(session, house.clock.now() - _DELIVERED_KEPT)

    async def look_at_disk() -> None:
        fullest = disk.require(house.settings.written_places, house.settings.disk)
        if fullest.is_low(house.settings.disk):
            log.warning("disk_low", problem=str(fullest), remedy=disk.REMEDY)

    async with asyncio.TaskGroup() as group:
        deliverer = Deliverer(house.database, house.clock, Deliveries(house).handlers())
        group.create_task(deliverer.run(asyncio.Event()))
        group.create_task(_every(_SMS_SECONDS, "sms", surveys.poll_gateway))
        group.create_task(_every(_DUTIES_SECONDS, "duties", tickets.sweep))
        group.create_task(_every(_DUTIES_SECONDS, "exports", tickets.make_exports))
        group.create_task(_every(_REMINDERS_SECONDS, "reports", tickets.open_reports))
        group.create_task(_every(_DUTIES_SECONDS, "case_files", partial(tickets.make_case_files, evidence)))
        group.create_task(_every(_CALENDAR_SECONDS, "calendar", CalendarWatch(house, tickets).look))
        group.create_task(_every(_REMINDERS_SECONDS, "reminders", surveys.remind_due))
        group.create_task(_every(_RETENTION_SECONDS, "retention", erase_due))
        group.create_task(_every(_RETENTION_SECONDS, "attachments", tickets.erase_attachments))
        group.create_task(_every(_RETENTION_SECONDS, "old_case_files", tickets.erase_case_files))
        group.create_task(_every(_RETENTION_SECONDS, "outbox", forget_delivered))
        group.create_task(_every(_PROBES_SECONDS, "probes", probes.look))
        group.create_task(_every(_RETENTION_SECONDS, "old_probes", probes.forget))
        group.create_task(_every(_ALARMS_SECONDS, "alarms", AlarmBell(house).ring))
        group.create_task(_every(_DISK_SECONDS, "disk", look_at_disk))


async def _every(seconds: float, work: str, act: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await act()
        except HotlineError as error:
            log.error("work_failed", work=work, problem=error.message, again_in_seconds=seconds)  # noqa: TRY400
        await asyncio.sleep(seconds)
