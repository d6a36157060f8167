"""Probe calls (拨测, JS-20) of this centre: whom to dial, with which account, who is told of a failure."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import cache

import numpy as np
import structlog

from asr.voice import DEFAULT_VOICE, FRAME_BYTES, Voice
from asterisk.config import sounds
from core.bus import Bus
from core.errors import Conflict
from core.ids import new_id
from core.secrets import Secrets
from core.settings import Settings
from hotline.hotlines import open_directory
from hotline.house import House
from hotline.phones import probe_phone
from telephony.phones.g711 import Pcm, alaw_to_pcm
from telephony.probes.caller import Line, Target
from telephony.probes.known import OwnAnnouncements
from telephony.probes.listening import FRAME_MS
from telephony.probes.schedule import is_due
from telephony.probes.service import ProbeService, ProbeView

log = structlog.get_logger(__name__)

ALARM = "hotline/alarms/probe"
"""Topic of a probe call that failed: the result."""
_OURS = "12345"
_RATE = 8000
_HANG_FRAMES = 300 // FRAME_MS
"""Speech goes on over pauses as short as this."""


def line_of(settings: Settings, secrets: Secrets) -> Line:
    """Return the account that probe calls are made with."""
    phone = probe_phone(secrets)
    server = (settings.asterisk.host, settings.asterisk.sip_port)
    probes = settings.probes
    return Line(
        phone.number,
        phone.secret,
        server,
        probes.host,
        probes.answer_seconds,
        probes.listen_seconds,
        probes.own_seconds,
    )


def targets_of(settings: Settings, house: House, numbers: tuple[str, ...] = ()) -> tuple[list[Target], dict[str, str]]:
    """Return whom to dial, and who is left out for which reason.

    Args:
        settings: of the centre.
        house: gives the present instant.
        numbers: only these; empty: those of the settings, or all.

    Raises:
        InvalidInput: the directory cannot be read.
    """
    directory, now = open_directory(settings), house.clock.now()
    asked = numbers or settings.probes.numbers
    found: list[Target] = []
    left: dict[str, str] = {}
    for number in asked or [_OURS, *(one.number for one, _ in directory.transfer_list(now))]:
        hotline = directory.find(number)
        if hotline is None:
            found.append(Target(number, "", number))
        elif hotline.mode.emergency:
            left[number] = "紧急热线不拨测"
        else:
            try:
                goes = directory.destination(number, now)
            except Conflict as refused:
                left[number] = refused.message
                continue
            if goes is not None and goes.carrier:
                left[number] = "经运营商接通,不占用外线拨测"
                continue
            found.append(
                Target(number, hotline.name, number)
                if goes is None or not goes.trunk
                else Target(number, hotline.name, goes.number, goes.trunk)
            )
    return found, left


def speech_in(samples: Pcm) -> list[bool]:
    """Tell for each 32 ms of 8 kHz sound whether there is speech in it."""
    positions = np.arange(len(samples) * 2) / 2
    doubled = np.interp(positions, np.arange(len(samples)), samples).astype("<i2").tobytes()
    voice, spoken, quiet = Voice(DEFAULT_VOICE), list[bool](), _HANG_FRAMES
    for start in range(0, len(doubled) - FRAME_BYTES + 1, FRAME_BYTES):
        frame = doubled[start : start + FRAME_BYTES]
        speaking = quiet < _HANG_FRAMES
        said = voice.goes_on(frame) if speaking else voice.begins(frame)
        quiet = 0 if said else min(quiet + 1, _HANG_FRAMES)
        spoken.append(said)
    return spoken


def probe_service(house: House) -> ProbeService:
    """Return the service; a failure goes to the log and to `hotline/alarms/probe`."""
    return ProbeService(house.database, house.clock, house.settings.home, _alarm(house.bus), own_announcements())


@cache
def own_announcements() -> OwnAnnouncements:
    """Return the announcements of our switch."""
    return OwnAnnouncements(alaw_to_pcm(path.read_bytes()) for path in sounds() if path.suffix == ".alaw")


def _alarm(bus: Bus) -> Callable[[ProbeView], Awaitable[None]]:
    async def tell(view: ProbeView) -> None:
        log.error(
            "probe_failed",
            number=view.number,
            trunk=view.trunk,
            outcome=view.outcome.value,
            heard=view.heard,
            remedy="人工拨打核实;检查中继状态 hotline hotlines trunks、对方线路",
        )
        await bus.publish(ALARM, asdict(view))

    return tell


async def make_round(
    house: House, progress: Callable[[ProbeView], None], numbers: tuple[str, ...] = ()
) -> tuple[list[ProbeView], dict[str, str]]:
    """Dial everybody, one after the other: a probe must not take lines from citizens.

    Returns:
        Results, and who was left out for which reason.

    Raises:
        PartUnavailable: our own phone cannot register, or the database is away.
    """
    service, line = probe_service(house), line_of(house.settings, house.secrets)
    found, left = targets_of(house.settings, house, numbers)
    round_id = new_id()
    return [await service.probe(line, target, speech_in, round_id, progress) for target in found], left


def _quietly(view: ProbeView) -> None:
    del view


class ProbeWatch:
    """Makes a round when one is due."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._service = probe_service(house)

    async def look(self) -> None:
        """Make a round if one is due.

        Raises:
            PartUnavailable: the phone cannot register, or the database is away.
        """
        times = self._house.settings.probes.at
        if not times or not is_due(self._house.clock.now(), await self._service.last_at(), times):
            return
        results, left = await make_round(self._house, _quietly)
        failed = [view.number for view in results if not view.passed]
        log.info("probe_round_made", calls=len(results), failed=failed, left_out=sorted(left))

    async def forget(self) -> None:
        """Erase what is old."""
        await self._service.forget(self._house.settings.probes.keep_days)
