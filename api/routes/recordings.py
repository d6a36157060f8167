"""Recordings: what is kept and until when, listening (logged), legal hold."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse

from api.audio import AudioCopy, AudioFile
from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act, may
from api.routes.calls import seen_call
from api.schemas.fields import Identifier
from api.schemas.recordings import HoldReason, Recording, RecordingAccess
from api.services import Services
from core.actors import Actor, Role
from core.errors import Forbidden, InvalidInput, NotFound
from recordings.model import Recording as RecordingRow
from recordings.muting import Stretch, write_muted

router = APIRouter(tags=["recordings"])

Reader = Annotated[Actor, permitted(Act.RECORDINGS_READ)]
Auditor = Annotated[Actor, permitted(Act.RECORDINGS_DUE)]
Holder = Annotated[Actor, permitted(Act.RECORDINGS_HOLD)]

_SOUND = {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}


async def _seen(services: Services, actor: Actor, recording_id: str) -> RecordingRow:
    """Return a recording; agents only of their own calls."""
    recording = await services.recordings.get(recording_id)
    if actor.role is Role.AGENT:
        await seen_call(services, actor, recording.call_id)
    return recording


@router.get("/calls/{call_id}/recording", **operation("通话录音信息", "Recording of a call", 404))
async def get_call_recording(services: ServicesOf, actor: Reader, call_id: Identifier) -> Recording:
    """Return what is kept of a call's sound."""
    await seen_call(services, actor, call_id)
    recording = await services.recordings.for_call(call_id)
    if recording is None:
        raise NotFound("通话录音", call_id)
    return Recording.model_validate(recording)


@router.get("/recordings/due", **operation("到期录音", "Recordings whose term is over"))
async def list_due_recordings(services: ServicesOf, actor: Auditor) -> list[Recording]:
    """Return the recordings that may be erased now, held ones included."""
    del actor
    return [Recording.model_validate(one) for one in await services.recordings.due(services.clock.now())]


@router.get("/recordings/{recording_id}", **operation("录音信息", "Get a recording", 404))
async def get_recording(services: ServicesOf, actor: Reader, recording_id: Identifier) -> Recording:
    """Return how long it is, what the check found, until when it is kept and by which clause."""
    return Recording.model_validate(await _seen(services, actor, recording_id))


_LISTENS = "收听录音"
_LISTEN = operation("收听录音", "Listen to a recording (byte ranges)", 404, 416)
_LISTEN["responses"] |= {
    200: {"description": "整个文件 / the whole file", "content": _SOUND},
    206: {"description": "所请求的部分 / the part asked for", "content": _SOUND},
}


@router.get("/recordings/{recording_id}/audio", response_class=FileResponse, **_LISTEN)
async def listen(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.RECORDINGS_LISTEN)],
    recording_id: Identifier,
    reason: Annotated[str, Query(min_length=2, max_length=200, description="事由,记入日志 / why; logged")] = _LISTENS,
    unmuted: Annotated[
        bool, Query(description="证件号、卡号也放音,须说明事由 / numbers of cards too; needs a reason")
    ] = False,
) -> FileResponse:
    """Send the stereo file or a part of it, numbers of identity and bank cards muted; every request is logged."""
    recording = await _seen(services, actor, recording_id)
    if unmuted and not may(actor.role, Act.CALLS_REVEAL):
        raise Forbidden("没有权限收听证件号、卡号")
    if unmuted and reason == _LISTENS:
        raise InvalidInput("reason", "收听证件号、卡号须说明事由")
    stretches = [] if unmuted else await services.transcripts.private_stretches(recording.call_id)
    playback = await services.recordings.open_for_playback(recording_id, actor, reason, unmuted=unmuted)
    tag = f"{playback.recording.sha256}{len(stretches) or ''}"
    headers = {"ETag": f'"{tag}"'} if playback.recording.sha256 else {}
    if not stretches or playback.recording.started_at is None:
        return AudioFile(playback.path, media_type="audio/wav", headers=headers)
    copy = await asyncio.to_thread(_muted, playback.path, playback.recording.started_at, stretches)
    return AudioCopy(copy, media_type="audio/wav", headers=headers)


def _muted(path: Path, began: datetime, stretches: Sequence[Stretch]) -> Path:
    with NamedTemporaryFile(prefix="muted-", suffix=".wav", delete=False) as target:
        try:
            write_muted(path, target, began, stretches)
        except BaseException:
            Path(target.name).unlink()
            raise
    return Path(target.name)


@router.get("/recordings/{recording_id}/accesses", **operation("收听与冻结记录", "Who listened, held, released", 404))
async def recording_accesses(services: ServicesOf, actor: Auditor, recording_id: Identifier) -> list[RecordingAccess]:
    """Return the access log of a recording, in order."""
    await _seen(services, actor, recording_id)
    return [RecordingAccess.model_validate(one) for one in await services.recordings.accesses(recording_id)]


@router.post("/recordings/{recording_id}/hold", **operation("冻结录音", "Put a legal hold", 404, 409))
async def hold_recording(services: ServicesOf, actor: Holder, recording_id: Identifier, given: HoldReason) -> Recording:
    """Keep a recording beyond its term until the hold is lifted."""
    return Recording.model_validate(await services.recordings.hold(recording_id, actor, given.reason))


@router.post("/recordings/{recording_id}/release", **operation("解除冻结", "Lift a legal hold", 404, 409))
async def release_recording(
    services: ServicesOf, actor: Holder, recording_id: Identifier, given: HoldReason
) -> Recording:
    """Lift the hold: the ordinary term decides again."""
    return Recording.model_validate(await services.recordings.release(recording_id, actor, given.reason))
