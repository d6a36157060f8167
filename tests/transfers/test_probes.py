"""Probe calls (拨测): what answers is told apart, results are kept, schedules hold, nothing of them is counted."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asterisk.phones import Phone
from core.clock import ManualClock, SystemClock
from core.database import Base, Database
from core.ids import new_id
from core.secrets import Secrets
from core.settings import ProbeSettings, Settings
from hotline.house import House
from hotline.phones import PROBE_NUMBER, is_probe
from hotline.probes import own_announcements, speech_in, targets_of
from telephony.events import CallArrived
from telephony.phones.g711 import Pcm, alaw_to_pcm
from telephony.phones.scripted import ScriptedPhone
from telephony.phones.sip_call import CallState
from telephony.phones.sound import RATE, read_wav, tone
from telephony.probes.caller import Line, Outcome, Target
from telephony.probes.known import OwnAnnouncements
from telephony.probes.listening import FRAME_MS, Heard, listen
from telephony.probes.schedule import is_due
from telephony.probes.service import ProbeService, ProbeView
from tests.calls.conftest import Switch
from tests.transfers.conftest import NUMBER, TransferringDesk

SOUNDS = Path("asterisk/sounds/zh")
MORNING = datetime(2026, 3, 2, 1, 5, tzinfo=UTC)
"""Monday 09:05 in Asia/Shanghai."""


def said(name: str) -> Pcm:
    return alaw_to_pcm((SOUNDS / f"{name}.alaw").read_bytes())


def quiet(seconds: float) -> Pcm:
    return np.random.default_rng(1).integers(-20, 20, int(seconds * RATE)).astype(np.int16)


@pytest.mark.parametrize(
    ("samples", "heard"),
    [
        (np.concatenate([quiet(0.5), said("digit-1"), said("digit-2"), quiet(4)]), Heard.PERSON),
        (np.concatenate([said("welcome"), tone(440, 6)]), Heard.ANNOUNCEMENT),
        (np.concatenate([said("welcome"), said("please-wait"), said("welcome"), said("please-wait")]),
         Heard.ANNOUNCEMENT),
        (tone(450, 6), Heard.MUSIC),
        (quiet(6), Heard.SILENCE),
        (np.empty(0, np.int16), Heard.SILENCE),
    ],
)  # fmt: skip
def test_a_person_an_announcement_music_and_silence_are_told_apart(samples: Pcm, heard: Heard) -> None:
    listened = listen(samples, speech_in)
    assert listened.heard is heard
    assert (listened.speech_ms > 0) is (heard in {Heard.PERSON, Heard.ANNOUNCEMENT})


OWN = own_announcements()
PERSON = np.concatenate([said("digit-1"), said("digit-2"), said("digit-3"), quiet(4)])


def worn(samples: Pcm, lost: float = 0.02) -> Pcm:
    """As it comes over a line: half as loud, noise, packets of 20 ms lost."""
    random = np.random.default_rng(2)
    noisy = samples // 2 + random.integers(-30, 30, len(samples))
    for packet in np.flatnonzero(random.random(len(samples) // 160) < lost):
        noisy[packet * 160 : (packet + 1) * 160] = 0
    return noisy.astype(np.int16)


@pytest.mark.parametrize(
    ("samples", "heard"),
    [
        ((said("welcome"), tone(440, 5), said("please-wait"), tone(440, 5), said("ahead-3"), tone(440, 2)),
         Heard.OWN_ANNOUNCEMENT),
        ((said("welcome"), said("surge-rainstorm"), tone(440, 4)), Heard.OWN_ANNOUNCEMENT),
        ((quiet(0.3), said("closed"), quiet(1)), Heard.OWN_ANNOUNCEMENT),
        ((said("welcome")[4000:], tone(440, 4)), Heard.OWN_ANNOUNCEMENT),
        ((said("welcome"), tone(440, 6), PERSON), Heard.PERSON),
        ((said("welcome"), tone(440, 2), said("thanks-for-waiting"), tone(440, 2), PERSON), Heard.PERSON),
        ((said("welcome")[4000:32000], quiet(0.2), PERSON), Heard.PERSON),
        ((PERSON,), Heard.PERSON),
        ((tone(440, 6),), Heard.MUSIC),
    ],
)  # fmt: skip
@pytest.mark.parametrize("wear", [False, True])
def test_at_a_number_of_ours_the_switchs_own_announcements_are_passed_over(
    samples: tuple[Pcm, ...], heard: Heard, wear: bool
) -> None:
    line = np.concatenate(samples)
    assert listen(worn(line) if wear else line, speech_in, OWN).heard is heard


def test_an_announcement_that_is_not_ours_is_not_taken_for_ours() -> None:
    known = OwnAnnouncements([said("welcome"), said("please-wait")])
    line = np.concatenate([said("survey-rate"), tone(440, 2), said("survey-thanks"), tone(440, 4)])
    assert listen(line, speech_in, known).heard is Heard.ANNOUNCEMENT


def test_speech_is_found_in_frames_of_32_ms() -> None:
    spoken = speech_in(np.concatenate([quiet(1), said("welcome")]))
    assert not any(spoken[: 800 // FRAME_MS])
    assert sum(spoken) * FRAME_MS > 1000


@pytest.mark.parametrize(
    ("last", "times", "due"),
    [
        (None, (time(9),), True),
        (datetime(2026, 3, 1, 1, 0, tzinfo=UTC), (time(9),), True),
        (datetime(2026, 3, 2, 1, 1, tzinfo=UTC), (time(9),), False),
        (None, (time(8),), False),
        (None, (time(10),), False),
        (None, (), False),
    ],
)
def test_a_round_is_due_once_at_its_time_of_day(last: datetime | None, times: tuple[time, ...], due: bool) -> None:
    assert is_due(MORNING, last, times) is due


def house(home: Path, database: Database, **settings: Any) -> House:
    return House(Settings(home=home, **settings), Secrets.load_or_create(home), ManualClock(MORNING), database, None)  # type: ignore[arg-type]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite+aiosqlite:///{tmp_path / 'probes.db'}")
    async with opened.transaction() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
    yield opened
    await opened.close()


async def test_every_hotline_that_may_be_transferred_to_is_dialled_and_no_emergency_line(
    tmp_path: Path, database: Database
) -> None:
    (tmp_path / "hotlines.csv").write_text(
        "number,name,mode,trunk,contact\n12366,税务,sub_centre,tax,88001\n119,火警,emergency_link,fire,\n", "utf-8"
    )
    found, left = targets_of(house(tmp_path, database).settings, house(tmp_path, database))
    by_number = {one.number: one for one in found}
    assert {"12345", "12315", "12366"} <= by_number.keys()
    assert (by_number["12366"].dial, by_number["12366"].trunk) == ("88001", "tax")
    assert by_number["12315"].trunk == ""
    assert "119" not in by_number
    assert "119" in left or "119" not in {one.number for one in found}
    assert "12358" not in by_number, "a cancelled number is not dialled"


def test_a_probe_is_known_by_its_account_and_by_the_numbers_of_the_settings(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, probes=ProbeSettings(at=(time(9),)))
    assert is_probe(settings, PROBE_NUMBER)
    assert not is_probe(settings, "13800138000")


# ---- on the real switch


@dataclass
class Prober:
    """The probe's account at the real switch, and a partner whose phone answers as told."""

    service: ProbeService
    line: Line
    partner: ScriptedPhone
    alarms: list[ProbeView]
    home: Path

    async def dial(self, target: Target) -> ProbeView:
        return await self.service.probe(self.line, target, speech_in, new_id(), lambda view: None)


@pytest.fixture
async def prober(
    clean_switch: Switch, partner: ScriptedPhone, database: Database, tmp_path: Path
) -> AsyncIterator[Prober]:
    account = Phone(PROBE_NUMBER, "probe-secret-1", "probe", "拨测话机")
    await clean_switch.instance.reload_phones([*clean_switch.phones, account])
    alarms: list[ProbeView] = []

    async def alarm(view: ProbeView) -> None:
        alarms.append(view)

    service = ProbeService(database, SystemClock(), tmp_path, alarm, OWN)
    line = Line(PROBE_NUMBER, account.secret, clean_switch.sip, answer_seconds=5, listen_seconds=6)
    yield Prober(service, line, partner, alarms, tmp_path)
    await clean_switch.instance.reload_phones(clean_switch.phones)


PARTNER = Target(NUMBER, "人社", NUMBER, "rsj")


@pytest.mark.calls
async def test_a_person_at_the_hotline_is_measured_and_recorded(prober: Prober) -> None:
    making = asyncio.ensure_future(prober.dial(PARTNER))
    call = await prober.partner.next_call()
    await asyncio.sleep(0.5)
    await call.answer()
    call.media.play(np.concatenate([quiet(0.3), said("digit-1"), said("digit-2"), quiet(8)]))
    view = await making
    assert (view.outcome, view.heard, view.passed) == (Outcome.ANSWERED, Heard.PERSON, True)
    assert view.answer_ms is not None
    assert view.answer_ms >= 500
    assert len(read_wav(prober.home / view.recording)) > 2 * RATE
    assert prober.alarms == []
    [line] = await prober.service.report(1)
    assert (line.number, line.calls, line.answered, line.passed) == (NUMBER, 1, 1, 1)


@pytest.mark.calls
@pytest.mark.parametrize(
    ("status", "outcome"), [(486, Outcome.BUSY), (480, Outcome.NO_ANSWER), (404, Outcome.UNREACHABLE)]
)
async def test_a_hotline_that_refuses_is_reported_and_raises_the_alarm(
    prober: Prober, status: int, outcome: Outcome
) -> None:
    making = asyncio.ensure_future(prober.dial(PARTNER))
    call = await prober.partner.next_call()
    await call.reject(status)
    view = await making
    assert (view.outcome, view.passed, view.answer_ms) == (outcome, False, None)
    assert [alarm.number for alarm in prober.alarms] == [NUMBER]


@pytest.mark.calls
async def test_nobody_answers_and_a_trunk_that_is_not_there(prober: Prober) -> None:
    view = await prober.dial(PARTNER)
    assert (view.outcome, view.passed) == (Outcome.NO_ANSWER, False)
    view = await prober.dial(replace(PARTNER, trunk="nowhere"))
    assert (view.outcome, view.passed) == (Outcome.UNREACHABLE, False)


@pytest.mark.calls
async def test_our_own_number_welcomes_a_probe_that_nobody_takes_and_the_caller_is_known_as_a_probe(
    desk: TransferringDesk, prober: Prober
) -> None:
    prober.line = replace(prober.line, own_seconds=10)
    making = asyncio.ensure_future(prober.dial(Target("12315", "市场监管", "12315")))
    arrived = await desk.until(CallArrived)
    assert arrived.caller is not None
    assert is_probe(desk.settings, arrived.caller.reveal())
    assert arrived.dialled == "12315"
    view = await making
    assert (view.outcome, view.heard, view.passed) == (Outcome.ANSWERED, Heard.OWN_ANNOUNCEMENT, True)
    [line] = await prober.service.report(1)
    assert (line.answered, line.persons) == (1, 0)


@pytest.mark.calls
async def test_at_our_own_number_the_agent_behind_the_welcome_is_heard_and_let_go(
    desk: TransferringDesk, prober: Prober
) -> None:
    agent = await desk.agent("8001")
    prober.line = replace(prober.line, own_seconds=120)
    making = asyncio.ensure_future(prober.dial(Target("12345", "政务热线", "12345")))
    arrived = await desk.until(CallArrived)
    await desk.ring(arrived, "8001")
    answering = await agent.next_call()
    await answering.answer()
    answering.media.play(np.concatenate([quiet(0.3), said("digit-1"), said("digit-2"), said("digit-3"), quiet(60)]))
    view = await making
    assert (view.outcome, view.heard, view.passed) == (Outcome.ANSWERED, Heard.PERSON, True)
    await answering.wait_state(CallState.ENDED)
    assert len(read_wav(prober.home / view.recording)) < 60 * RATE, "it did not keep him"
