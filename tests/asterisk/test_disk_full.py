"""The disk fills while a call is recorded, on a real Asterisk with a file system of a few seconds."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import soundfile
from structlog.testing import capture_logs

from core.clock import SystemClock
from core.database import Database
from core.disk import require
from core.errors import PartUnavailable
from core.settings import DiskSettings
from recordings.lifecycle import RecordingState
from recordings.model import Recording
from recordings.retention import RetentionRule
from recordings.service import RecordingService
from telephony.phones.sip_call import CallState
from telephony.phones.sound import RATE, has_tone
from tests.calls.conftest import Switch
from tests.calls.telephony.conftest import AGENT_TONE, CALLER_TONE, Desk

pytestmark = pytest.mark.calls

RULE = RetentionRule(3, "YC-13.9b", "regulation")
SMALL = "96k"  # three seconds of two legs


@pytest.fixture
def small_legs(clean_switch: Switch) -> Iterator[Path]:
    """A full-to-be file system where the switch records."""
    legs = clean_switch.settings.spool_dir / "legs"
    was = legs.stat()
    options = f"size={SMALL},uid={was.st_uid},gid={was.st_gid},mode=2770"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(legs)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a tmpfs here: {mounted.stderr.decode().strip()}")
    yield legs
    subprocess.run(["umount", "--lazy", str(legs)], check=True)


@pytest.fixture
async def recorded(clean_switch: Switch, sqlite_url: str, small_legs: Path) -> AsyncIterator[Desk]:
    """The Python side at that switch."""
    database = Database(sqlite_url)
    desk = Desk(clean_switch, database)
    await desk.start()
    yield desk
    await desk.close()
    await database.close()


def make_space(legs: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=8m", str(legs)], check=True)


async def talk_and_keep(desk: Desk, service: RecordingService, seconds: float) -> Recording:
    """A call of so many seconds from dialling to custody; both hear each other to its end."""
    citizen, agent, arrived, _ = await desk.join()
    await desk.talk(citizen, agent, seconds)
    assert (citizen.state, agent.state) == (CallState.ANSWERED, CallState.ANSWERED)
    await desk.talk(citizen, agent, 1.0)  # still, after the disk is full
    await citizen.hang_up()
    await agent.wait_state(CallState.ENDED)
    return await service.take_custody(await desk.told(arrived.call_id))


async def test_the_call_goes_on_what_was_recorded_is_kept_and_the_next_call_records_again(
    recorded: Desk, small_legs: Path, tmp_path: Path
) -> None:
    service = RecordingService(recorded.database, SystemClock(), tmp_path / "recordings", RULE)
    with capture_logs() as logs:
        torn = await talk_and_keep(recorded, service, 8.0)
    assert torn.state == RecordingState.KEPT
    assert torn.seconds is not None
    assert 2.0 < torn.seconds < 7.0
    assert [problem for problem in torn.problems if problem.startswith("录音不完整:")]
    sound, _ = soundfile.read(tmp_path / "recordings" / (torn.path or ""), dtype="int16")
    assert has_tone(sound[RATE : 2 * RATE, 0], CALLER_TONE)
    assert has_tone(sound[RATE : 2 * RATE, 1], AGENT_TONE)
    told = [line for line in logs if line["log_level"] == "error" and "录音不完整" in str(line.get("problems"))]
    assert told, "an operator reads of it in the log"
    make_space(small_legs)
    whole = await talk_and_keep(recorded, service, 4.0)
    assert whole.state == RecordingState.KEPT
    assert whole.problems == []


async def test_a_full_spool_is_told_with_its_remedy_before_anything_is_lost(small_legs: Path) -> None:
    with pytest.raises(PartUnavailable, match="录音缓冲") as told:
        require({"录音缓冲": small_legs, "数据目录": Path("/")}, DiskSettings(problem_mib=1))
    assert "hotline retention run" in told.value.remedy
