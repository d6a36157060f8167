"""Listening with a reason, holding, and erasing what is due."""

import errno
import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from core.actors import SYSTEM
from core.clock import ManualClock
from core.database import Database
from core.errors import Conflict, InvalidInput, NotFound, PartUnavailable, TransitionRefused
from core.ids import new_id
from recordings.events import RECORDING_ERASED
from recordings.lifecycle import RecordingState
from recordings.model import Recording, RecordingErasure
from recordings.service import RecordingService
from tests.recordings.custody import AFTER, INSPECTOR, RULE, ended_call, files_in_custody, told


async def test_listening_needs_a_reason_and_is_logged(service: RecordingService, tmp_path: Path) -> None:
    recording = await service.take_custody(ended_call(tmp_path))
    with pytest.raises(InvalidInput):
        await service.open_for_playback(recording.id, INSPECTOR, "  ")
    playback = await service.open_for_playback(recording.id, INSPECTOR, "质检抽查")
    assert playback.path.is_file()
    (access,) = await service.accesses(recording.id)
    assert (access.kind, access.actor_id, access.role, access.reason) == (
        "playback",
        INSPECTOR.account_id,
        "inspector",
        "质检抽查",
    )


async def test_a_missing_file_or_recording_is_told(service: RecordingService, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        await service.open_for_playback(new_id(), INSPECTOR, "质检")
    recording = await service.take_custody(ended_call(tmp_path))
    files_in_custody(tmp_path)[0].unlink()
    with pytest.raises(PartUnavailable, match="备份"):
        await service.open_for_playback(recording.id, INSPECTOR, "质检")


async def test_what_is_due_is_erased_with_a_record_and_told(
    service: RecordingService, database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    recording = await service.take_custody(ended_call(tmp_path))
    early = await service.erase_due(AFTER - timedelta(seconds=1), SYSTEM)
    assert early.erased == []
    clock.advance(AFTER - clock.now())
    report = await service.erase_due(AFTER, SYSTEM)
    assert report.erased == [recording.id]
    assert files_in_custody(tmp_path) == []
    gone = await service.get(recording.id)
    assert (gone.state, gone.path) == (RecordingState.ERASED, None)
    async with database.reading() as session:
        (record,) = await session.scalars(select(RecordingErasure))
    assert (record.recording_id, record.clause, record.sha256) == (recording.id, "YC-13.9b", recording.sha256)
    (delivery,) = await told(database, clock, RECORDING_ERASED)
    assert delivery.payload["clause"] == "YC-13.9b"
    assert (await service.erase_due(AFTER, SYSTEM)).erased == []
    with pytest.raises(NotFound):
        await service.open_for_playback(recording.id, INSPECTOR, "质检")


async def test_a_recording_cannot_be_erased_before_its_term(service: RecordingService, tmp_path: Path) -> None:
    recording = await service.take_custody(ended_call(tmp_path))
    with pytest.raises(Conflict, match="2029-03-02"):
        await service.erase(recording.id, AFTER - timedelta(seconds=1), SYSTEM)
    assert len(files_in_custody(tmp_path)) == 1


async def test_a_held_recording_is_never_erased_until_released(service: RecordingService, tmp_path: Path) -> None:
    recording = await service.take_custody(ended_call(tmp_path))
    await service.hold(recording.id, INSPECTOR, "诉讼保全")
    assert (await service.erase_due(AFTER, SYSTEM)).held == [recording.id]
    with pytest.raises(Conflict, match="冻结"):
        await service.erase(recording.id, AFTER, SYSTEM)
    assert len(files_in_custody(tmp_path)) == 1
    await service.release(recording.id, INSPECTOR, "案件已结")
    assert (await service.erase_due(AFTER, SYSTEM)).erased == [recording.id]
    assert [access.kind for access in await service.accesses(recording.id)] == ["held", "released"]


async def test_only_a_held_recording_can_be_released_and_an_erased_one_not_held(
    service: RecordingService, tmp_path: Path
) -> None:
    recording = await service.take_custody(ended_call(tmp_path))
    with pytest.raises(TransitionRefused):
        await service.release(recording.id, INSPECTOR, "误操作")
    await service.erase(recording.id, AFTER, SYSTEM)
    with pytest.raises(TransitionRefused):
        await service.hold(recording.id, INSPECTOR, "诉讼保全")
    with pytest.raises(TransitionRefused):
        await service.erase(recording.id, AFTER, SYSTEM)


async def test_a_recording_that_is_still_needed_elsewhere_stays(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    async def all_needed(calls: object) -> set[str]:
        return set(calls)  # type: ignore[call-overload,no-any-return]

    service = RecordingService(database, clock, tmp_path / "recordings", RULE, all_needed)
    recording = await service.take_custody(ended_call(tmp_path))
    report = await service.erase_due(AFTER, SYSTEM)
    assert (report.needed, report.erased) == ([recording.id], [])


async def test_an_erasure_cut_off_after_the_file_went_is_finished_by_the_next_run(
    service: RecordingService, tmp_path: Path
) -> None:
    recording = await service.take_custody(ended_call(tmp_path))
    files_in_custody(tmp_path)[0].unlink()
    assert (await service.erase_due(AFTER, SYSTEM)).erased == [recording.id]


async def test_a_disk_that_refuses_an_erasure_is_reported_and_tried_again(
    service: RecordingService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = await service.take_custody(ended_call(tmp_path))
    real = Path.unlink

    def refuse(self: Path, missing_ok: bool = False) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Path, "unlink", refuse)
    assert (await service.erase_due(AFTER, SYSTEM)).failed == [recording.id]
    monkeypatch.setattr(Path, "unlink", real)
    assert (await service.get(recording.id)).state == RecordingState.KEPT
    assert (await service.erase_due(AFTER, SYSTEM)).erased == [recording.id]


async def test_a_path_that_leads_out_of_the_directory_is_refused(
    service: RecordingService, database: Database, tmp_path: Path
) -> None:
    recording = await service.take_custody(ended_call(tmp_path))
    async with database.transaction() as session:
        found = await session.get(Recording, recording.id)
        assert found is not None
        found.path = "../../etc/passwd"
    with pytest.raises(PartUnavailable, match="越界"):
        await service.open_for_playback(recording.id, INSPECTOR, "质检")
