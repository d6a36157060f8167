"""From the legs in the spool to one file in custody, through faults and kills."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.clock import ManualClock
from core.database import Database
from core.errors import PartUnavailable
from core.ids import new_id
from core.wire import dumps, loads, payload_of
from core.wire import read as read_payload
from recordings.events import RECORDING_KEPT
from recordings.lifecycle import RecordingState
from recordings.service import RecordingService
from telephony.events import CallEndedMessage, Party
from tests.recordings.custody import RULE, T0, ended_call, files_in_custody, leg_files, told
from tests.recordings.sound import RATE, leg, read, silence, tone


async def test_the_legs_become_one_checked_file_with_its_term(
    service: RecordingService, database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    message = ended_call(tmp_path)
    kept = await service.take_custody(message)
    assert kept.state == RecordingState.KEPT
    assert kept.path == f"2026/03/02/{message.call_id}.wav"
    assert kept.seconds == 3
    assert kept.channels == {"left": "caller", "right": "agent"}
    assert kept.problems == []
    assert not kept.caller_silent
    assert str(kept.keep_until) == "2029-03-02"
    assert (kept.keep_clause, kept.keep_basis) == ("YC-13.9b", "regulation")
    (path,) = files_in_custody(tmp_path)
    assert path.stat().st_mode & 0o077 == 0
    assert np.array_equal(read(path)[:, 1], tone(3, 900))
    assert leg_files(tmp_path) == []
    (delivery,) = await told(database, clock, RECORDING_KEPT)
    assert delivery.payload == {
        "recording_id": kept.id,
        "call_id": message.call_id,
        "seconds": 3.0,
        "keep_until": "2029-03-02",
    }


async def test_the_same_message_twice_is_one_recording(
    service: RecordingService, database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    message = ended_call(tmp_path)
    first = await service.take_custody(message)
    second = await service.take_custody(message)
    assert first.id == second.id
    assert first.sha256 == second.sha256
    assert len(await told(database, clock, RECORDING_KEPT)) == 1


async def test_the_message_survives_its_way_through_the_outbox(tmp_path: Path) -> None:
    message = ended_call(tmp_path)
    assert read_payload(CallEndedMessage, loads(dumps(payload_of(message)))) == message


async def test_a_call_that_never_talked_leaves_a_record_and_no_sound(service: RecordingService, tmp_path: Path) -> None:
    call_id = new_id()
    rang = leg(tmp_path / "legs", Party.AGENT, tone(2, 440), T0, None, call_id)
    recording = await service.take_custody(CallEndedMessage(call_id, talked=False, legs=(rang,)))
    assert recording.state == RecordingState.NOT_KEPT
    assert recording.problems == ["未通话,已删除 1 个录音片段"]
    assert leg_files(tmp_path) == []
    assert files_in_custody(tmp_path) == []


async def test_a_silent_channel_is_found(service: RecordingService, tmp_path: Path) -> None:
    call_id = new_id()
    legs = (
        leg(tmp_path / "legs", Party.CALLER, silence(3), T0, 0, call_id),
        leg(tmp_path / "legs", Party.AGENT, tone(3, 900), T0, 0, call_id),
    )
    recording = await service.take_custody(CallEndedMessage(call_id, talked=True, legs=legs))
    assert (recording.caller_silent, recording.agent_silent) == (True, False)
    assert recording.problems == ["来电人声道没有声音"]


async def test_a_leg_that_cannot_be_read_is_set_aside_and_never_thrown_away(
    service: RecordingService, tmp_path: Path
) -> None:
    message = ended_call(tmp_path)
    message.legs[1].path.write_bytes(b"something else")
    recording = await service.take_custody(message)
    assert recording.state == RecordingState.KEPT
    assert recording.agent_silent
    aside = tmp_path / "recordings" / "damaged" / f"{message.call_id}-{message.legs[1].path.name}"
    assert aside.read_bytes() == b"something else"
    assert leg_files(tmp_path) == []


async def test_a_talk_without_any_sound_is_a_reported_loss(service: RecordingService, tmp_path: Path) -> None:
    message = ended_call(tmp_path)
    for one in message.legs:
        one.path.unlink()
    recording = await service.take_custody(message)
    assert recording.state == RecordingState.NOT_KEPT
    assert "通话没有录音" in recording.problems


async def test_a_spool_that_is_not_mounted_is_waited_for(service: RecordingService, tmp_path: Path) -> None:
    message = ended_call(tmp_path)
    (tmp_path / "legs").rename(tmp_path / "away")
    with pytest.raises(PartUnavailable, match="挂载"):
        await service.take_custody(message)
    (tmp_path / "away").rename(tmp_path / "legs")
    assert (await service.take_custody(message)).state == RecordingState.KEPT


async def test_two_deliverers_of_the_same_call_make_one_recording(
    service: RecordingService, database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    message = ended_call(tmp_path)
    await asyncio.gather(*(service.take_custody(message) for _ in range(3)), return_exceptions=True)
    recording = await service.take_custody(message)
    assert recording.state == RecordingState.KEPT
    assert len(read(service._store.resolve(recording.path or ""))) == 3 * RATE
    assert len(await told(database, clock, RECORDING_KEPT)) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a tmpfs here: {mounted.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def enlarge(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=8m", str(disk)], check=True)


async def test_a_full_disk_loses_nothing_and_is_told_with_its_remedy(
    database: Database, clock: ManualClock, tmp_path: Path, small_disk: Path
) -> None:
    service = RecordingService(database, clock, small_disk / "recordings", RULE)
    message = ended_call(tmp_path, seconds=20)
    with pytest.raises(PartUnavailable, match="磁盘已满") as caught:
        await service.take_custody(message)
    assert "释放" in caught.value.remedy
    assert len(leg_files(tmp_path)) == 2
    assert files_in_custody(small_disk) == []
    waiting = await service.for_call(message.call_id)
    assert waiting is not None
    assert waiting.state == RecordingState.INCOMING
    enlarge(small_disk)
    assert (await service.take_custody(message)).state == RecordingState.KEPT
    assert leg_files(tmp_path) == []


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from core.clock import ManualClock
from core.database import Database
from core.personal import PersonalKeys, install_keys
from core.wire import loads, read
from recordings import custody, files, mixing
from recordings.retention import RetentionRule
from recordings.service import RecordingService
from telephony.events import CallEndedMessage
from datetime import UTC, datetime

url, directory, point, message = sys.argv[1:]
install_keys(PersonalKeys(b"test key for personal data......"))

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

def die_after(function):
    def wrapped(*args, **kwargs):
        function(*args, **kwargs)
        die()
    return wrapped

if point == "before mixing":
    custody.lay_out = die
elif point == "in the middle of mixing":
    mixing.Levels.hear = die
elif point == "before the file has its name":
    files.Path.replace = die
elif point == "before the row":
    files.Path.replace = die_after(files.Path.replace)
elif point == "before the commit":
    custody.enqueue = die
elif point == "before the legs are deleted":
    custody.Custody._clear_legs = die
elif point == "between the legs":
    files.Path.unlink = (lambda real: lambda self, missing_ok=False: die_after(real)(self, missing_ok)
                         if self.parent.name == "legs" else real(self, missing_ok))(files.Path.unlink)

async def main():
    clock = ManualClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
    rule = RetentionRule(3, "YC-13.9b", "regulation")
    service = RecordingService(Database(url), clock, Path(directory), rule)
    await service.take_custody(read(CallEndedMessage, loads(message)))

asyncio.run(main())
"""


@pytest.mark.parametrize(
    "point",
    [
        "before mixing",
        "in the middle of mixing",
        "before the file has its name",
        "before the row",
        "before the commit",
        "before the legs are deleted",
        "between the legs",
    ],
)
async def test_a_kill_at_any_point_is_recovered_by_the_next_delivery(
    sqlite_url: str, clock: ManualClock, tmp_path: Path, point: str
) -> None:
    message = ended_call(tmp_path)
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, sqlite_url, str(tmp_path / "recordings"), point, dumps(payload_of(message))
    )
    async with asyncio.timeout(60):
        assert await killed.wait() == -signal.SIGKILL
    database = Database(sqlite_url)
    service = RecordingService(database, clock, tmp_path / "recordings", RULE)
    recording = await service.take_custody(message)
    assert recording.state == RecordingState.KEPT
    (path,) = files_in_custody(tmp_path)
    assert np.array_equal(read(path)[:, 0], tone(3, 440))
    assert np.array_equal(read(path)[:, 1], tone(3, 900))
    assert leg_files(tmp_path) == []
    assert len(await told(database, clock, RECORDING_KEPT)) == 1
    await database.close()
