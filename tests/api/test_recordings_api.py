import io
import tempfile
import wave
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.services import Services
from asr.events import UtteranceHeard
from asr.private import NumberSpan
from core.actors import SYSTEM, Role
from core.clock import ManualClock
from core.ids import new_id
from core.personal import Personal
from recordings.model import Recording
from telephony.events import CallEndedMessage, LegRecorded, Party

Headers = dict[str, str]
SignOn = Callable[..., Awaitable[Headers]]
SECONDS = 3


def _leg(path: Path, level: int) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"".join(((n * level) % 4000).to_bytes(2, "little") for n in range(8000 * SECONDS)))
    return path


@pytest.fixture
async def recording(services: Services, call: Any, clock: ManualClock, tmp_path: Path) -> Recording:
    began = clock.now()
    ended = began + timedelta(seconds=SECONDS)
    legs = tuple(
        LegRecorded(call.call_id, leg, party, _leg(tmp_path / f"{leg}.wav", 3 + n), began, began, ended)
        for n, (leg, party) in enumerate([(call.caller_leg, Party.CALLER), (call.agent_leg, Party.AGENT)])
    )
    return await services.recordings.take_custody(CallEndedMessage(call.call_id, True, legs))


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where copies for one answer are made."""
    directory = tmp_path / "copies"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    return directory


async def test_a_recording_says_until_when_it_is_kept_and_by_which_clause(
    client: httpx.AsyncClient, recording: Recording, call: Any, signed_on: SignOn
) -> None:
    headers = await signed_on(Role.INSPECTOR)
    seen = (await client.get(f"/api/v1/calls/{call.call_id}/recording", headers=headers)).json()
    assert seen["id"] == recording.id
    assert seen["seconds"] == pytest.approx(SECONDS, abs=0.1)
    assert seen["keep_until"] > "2029"
    assert seen["keep_clause"].startswith("YC-13.9")
    assert "path" not in seen
    assert (await client.get(f"/api/v1/recordings/{recording.id}", headers=headers)).json() == seen


async def test_numbers_of_cards_are_silent_unless_somebody_says_why_they_must_be_heard(
    client: httpx.AsyncClient,
    services: Services,
    recording: Recording,
    call: Any,
    signed_on: SignOn,
    copies: Path,
) -> None:
    assert recording.started_at is not None
    began = recording.started_at + timedelta(seconds=0.5)
    said = UtteranceHeard(
        new_id(), call.call_id, call.caller_leg, "caller", Personal("身份证号362201198001011234"), began,
        began + timedelta(seconds=2), 0.9, (NumberSpan(500, 1300, 18),),
    )  # fmt: skip
    url, headers = f"/api/v1/recordings/{recording.id}/audio", await signed_on(Role.INSPECTOR)
    original = (await client.get(url, headers=headers)).content
    await services.transcripts.add(said)
    played = await client.get(url, headers=headers)
    before, muted = _frames(original), _frames(played.content)
    first, last = round(0.8 * 8000) * 4, round(2.0 * 8000) * 4
    assert len(muted) == len(before)
    assert muted[first:last] == bytes(last - first) != before[first:last]
    assert muted[:first] + muted[last:] == before[:first] + before[last:]
    part = await client.get(url, headers={**headers, "Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, played.content[100:200])
    assert (await client.get(url, headers=headers, params={"unmuted": True})).status_code == 422
    why: dict[str, str | bool] = {"unmuted": True, "reason": "核对证件号,投诉复核"}
    assert (await client.get(url, headers=headers, params=why)).content == original
    log = (await client.get(f"/api/v1/recordings/{recording.id}/accesses", headers=headers)).json()
    assert (log[-1]["kind"], log[-1]["reason"]) == ("unmuted", "核对证件号,投诉复核")
    assert {one["kind"] for one in log[:-1]} == {"playback"}
    assert not _files(copies), "copies are gone once they were sent"


def _files(directory: Path) -> list[Path]:
    return list(directory.iterdir())


def _frames(content: bytes) -> bytes:
    with wave.open(io.BytesIO(content), "rb") as file:
        return file.readframes(file.getnframes())


async def test_the_whole_file_and_every_kind_of_part_are_sent(
    client: httpx.AsyncClient, recording: Recording, signed_on: SignOn
) -> None:
    headers = await signed_on(Role.INSPECTOR)
    url = f"/api/v1/recordings/{recording.id}/audio"
    whole = await client.get(url, headers=headers)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/wav")
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.content[:4] == b"RIFF"
    size = len(whole.content)
    for asked, first, last in (
        ("0-99", 0, 99),
        ("100-", 100, size - 1),
        ("-50", size - 50, size - 1),
        ("5-9999999", 5, size - 1),
    ):
        part = await client.get(url, headers={**headers, "Range": f"bytes={asked}"})
        assert part.status_code == 206, asked
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
        assert part.headers["content-length"] == str(last - first + 1)
        assert part.content == whole.content[first : last + 1]
    two = await client.get(url, headers={**headers, "Range": "bytes=0-9,20-29"})
    assert two.status_code == 206
    assert two.headers["content-type"].startswith("multipart/byteranges")


async def test_a_part_beyond_the_end_is_refused_and_a_range_that_makes_no_sense_is_ignored(
    client: httpx.AsyncClient, recording: Recording, signed_on: SignOn
) -> None:
    headers = await signed_on(Role.INSPECTOR)
    url = f"/api/v1/recordings/{recording.id}/audio"
    size = len((await client.get(url, headers=headers)).content)
    beyond = await client.get(url, headers={**headers, "Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.json()["code"]) == (416, "range_not_satisfiable")
    assert beyond.headers["content-range"] == f"bytes */{size}"
    for nonsense in ("bytes=", "bytes=9-5", "seconds=1-2", "bytes=a-b", "0-5"):
        answer = await client.get(url, headers={**headers, "Range": nonsense})
        assert (answer.status_code, len(answer.content)) == (200, size), nonsense


async def test_a_part_is_sent_only_while_the_file_is_the_one_that_was_seen(
    client: httpx.AsyncClient, recording: Recording, signed_on: SignOn
) -> None:
    headers = await signed_on(Role.INSPECTOR)
    url = f"/api/v1/recordings/{recording.id}/audio"
    tag = (await client.get(url, headers=headers)).headers["etag"]
    assert tag == f'"{recording.sha256}"'
    same = await client.get(url, headers={**headers, "Range": "bytes=0-9", "If-Range": tag})
    changed = await client.get(url, headers={**headers, "Range": "bytes=0-9", "If-Range": '"another"'})
    assert (same.status_code, changed.status_code) == (206, 200)


async def test_everyone_who_listens_is_in_the_access_log_with_the_reason(
    client: httpx.AsyncClient, recording: Recording, signed_on: SignOn
) -> None:
    headers = await signed_on(Role.INSPECTOR)
    url = f"/api/v1/recordings/{recording.id}"
    await client.get(f"{url}/audio", params={"reason": "质检抽查"}, headers={**headers, "Range": "bytes=0-9"})
    (row,) = (await client.get(f"{url}/accesses", headers=headers)).json()
    assert (row["kind"], row["role"], row["reason"]) == ("playback", "inspector", "质检抽查")


async def test_agents_listen_to_their_own_calls_only_and_units_to_none(
    client: httpx.AsyncClient, services: Services, recording: Recording, signed_on: SignOn
) -> None:

    url = f"/api/v1/recordings/{recording.id}/audio"
    assert (await client.get(url, headers=await signed_on(Role.AGENT))).status_code == 200
    other = await services.agents.add(number="8002", name="李强", actor=SYSTEM)
    stranger = await signed_on(Role.AGENT, "stranger", agent_id=other.id)
    assert (await client.get(url, headers=stranger)).status_code == 404
    assert (await client.get(url, headers=await signed_on(Role.UNIT))).status_code == 403
    assert len(await services.recordings.accesses(recording.id)) == 1


async def test_a_hold_is_put_and_lifted_with_a_reason_and_due_recordings_are_listed(
    client: httpx.AsyncClient, recording: Recording, signed_on: SignOn, services: Services, clock: ManualClock
) -> None:
    headers = await signed_on(Role.SUPERVISOR)
    url = f"/api/v1/recordings/{recording.id}"
    assert (await client.post(f"{url}/hold", headers=headers, json={})).status_code == 422
    held = (await client.post(f"{url}/hold", headers=headers, json={"reason": "行政诉讼"})).json()
    assert (held["held"], held["hold_reason"]) == (True, "行政诉讼")
    assert (await client.get("/api/v1/recordings/due", headers=headers)).json() == []
    clock.advance(timedelta(days=366 * 4))
    session = await services.accounts.sign_on("supervisor1", "Correct-horse-7", "127.0.0.1")
    headers = {"Authorization": f"Bearer {session.token}"}
    (due,) = (await client.get("/api/v1/recordings/due", headers=headers)).json()
    assert (due["id"], due["held"]) == (recording.id, True)
    lifted = (await client.post(f"{url}/release", headers=headers, json={"reason": "案件终结"})).json()
    assert lifted["held"] is False
    again = await client.post(f"{url}/release", headers=headers, json={"reason": "案件终结"})
    assert (again.status_code, again.json()["code"]) == (409, "transition_refused")


async def test_a_recording_whose_file_is_gone_is_told_in_plain_words(
    client: httpx.AsyncClient, services: Services, recording: Recording, signed_on: SignOn
) -> None:
    assert recording.path is not None
    (services.settings.recordings_dir / recording.path).unlink()
    answer = await client.get(f"/api/v1/recordings/{recording.id}/audio", headers=await signed_on(Role.INSPECTOR))
    assert (answer.status_code, answer.json()["code"]) == (503, "part_unavailable")
    assert "录音文件缺失" in answer.json()["message"]
