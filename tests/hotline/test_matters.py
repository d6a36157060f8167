"""From the talk to the citizen's answer, and to the end of the recording's time."""

import asyncio
import sqlite3
from typing import Any

import pytest
from rich.console import Console

from asr.events import UtteranceHeard
from asr.service import TranscriptService
from core.clock import SystemClock
from core.database import Database
from core.ids import new_id
from core.personal import Personal, PersonalKeys, install_keys
from hotline.demo import matter
from hotline.demo.steps import Steps
from tests.hotline.desk import Desk, Talk
from tests.hotline.system import System, until

pytestmark = pytest.mark.calls


async def _closed(desk: Desk, talk: Talk) -> dict[str, Any]:
    """Lead the ticket of an ended talk to its close."""
    call = await desk.finished(talk)
    units = await desk.leader.get("/units")
    clerk = desk.system.person("clerk")
    staff = matter.Staff(desk.agents["8001"], desk.leader, clerk, units[0]["id"])
    steps = Steps(Console(quiet=True))
    ticket = await matter.confirm(staff, call["call_id"], [], steps)
    closed = await matter.handle(staff, ticket["id"], steps)
    await clerk.leave()
    return {**closed, "call_id": call["call_id"]}


async def _texts(desk: Desk, talk: Talk, kind: str, count: int) -> list[dict[str, Any]]:
    async def there() -> list[dict[str, Any]] | None:
        found = [one for one in desk.texts_to(talk.caller.number) if one["kind"] == kind]
        return found if len(found) >= count else None

    return await until(there, f"{count} {kind} text(s)")


async def _archived(desk: Desk, talk: Talk, ticket_id: str) -> None:
    """Until its ticket is in the archive a recording is needed: let the citizen be content, and archive it."""
    await _texts(desk, talk, "survey", 1)
    desk.text(talk.caller.number, "1")

    async def rated() -> bool:
        return (await desk.leader.get(f"/tickets/{ticket_id}"))["rating"] == "satisfied"

    await until(rated, "rating on the ticket")
    await desk.leader.post(f"/tickets/{ticket_id}/archive")


async def _ended_talk(desk: Desk) -> Talk:
    await desk.ready("8001")
    talk = await desk.talk("8001")
    await talk.caller.call.hang_up()
    return talk


async def test_an_unclear_reply_gets_one_hint_and_a_bad_rating_opens_a_callback(desk: Desk) -> None:
    talk = await _ended_talk(desk)
    ticket = await _closed(desk, talk)
    await _texts(desk, talk, "survey", 1)
    desk.text(talk.caller.number, "你好在吗")
    await _texts(desk, talk, "hint", 1)
    desk.text(talk.caller.number, "???")
    desk.text(talk.caller.number, "3")

    async def tasks() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await desk.leader.get("/callbacks", ticket_id=ticket["id"])
        return found

    opened = await until(tasks, "callback task")
    assert [(one["kind"], one["cause"], one["open"]) for one in opened] == [("call", "dissatisfied", True)]
    assert len(await _texts(desk, talk, "hint", 1)) == 1

    async def rated() -> bool:
        return (await desk.leader.get(f"/tickets/{ticket['id']}"))["rating"] == "dissatisfied"

    await until(rated, "rating on the ticket")


async def test_the_clock_killed_at_the_close_sends_each_text_exactly_once(system: System, desk: Desk) -> None:
    talk = await _ended_talk(desk)
    ticket = await _closed(desk, talk)
    await system.kill_child("--role", "clock")
    await _texts(desk, talk, "survey", 1)
    await _texts(desk, talk, "acceptance", 1)
    await system.kill_child("--role", "clock")
    # a reply is worked on after everything that came before: no second message is on its way
    desk.text(talk.caller.number, "1")

    async def rated() -> bool:
        return (await desk.leader.get(f"/tickets/{ticket['id']}"))["rating"] == "satisfied"

    await until(rated, "rating on the ticket", within=20.0)
    kinds = sorted(one["kind"] for one in desk.texts_to(talk.caller.number))
    assert kinds == ["acceptance", "survey"]


async def test_retention_erases_what_is_due_with_its_transcript_and_leaves_what_is_held(
    system: System, desk: Desk
) -> None:
    due, held = await _ended_talk(desk), await _ended_talk(desk)
    erased = await _closed(desk, due)
    await _archived(desk, due, erased["id"])
    kept = await desk.finished(held)
    await _utter(system, erased["call_id"])
    recordings = {
        name: await desk.recording(call_id) for name, call_id in (("due", erased["call_id"]), ("held", kept["call_id"]))
    }
    admin = system.person("admin")
    await admin.post(f"/recordings/{recordings['held']['id']}/hold", {"reason": "行政复议"})
    await admin.leave()
    file = next(system.settings.recordings_dir.rglob(f"*{erased['call_id']}*"))
    await asyncio.to_thread(_make_due, system, [one["id"] for one in recordings.values()])

    printed = await asyncio.to_thread(system.stage.hotline, "retention", "run")
    assert "已删除 1 条" in printed
    assert "冻结保留 1 条" in printed
    assert not file.exists()
    gone = await desk.leader.get(f"/recordings/{recordings['due']['id']}")
    assert (gone["state"], gone["erased_at"] is not None) == ("erased", True)
    with sqlite3.connect(system.settings.home / "hotline.db") as database:
        rows = database.execute(
            "SELECT clause FROM recording_erasures WHERE recording_id = ?", (gone["id"],)
        ).fetchall()
    assert len(rows) == 1
    assert rows[0][0]

    async def silent() -> bool:
        return await desk.leader.get(f"/calls/{erased['call_id']}/transcript") == []

    await until(silent, "transcript erased")
    assert (await desk.leader.get(f"/recordings/{recordings['held']['id']}"))["state"] == "kept"
    left, _ = await desk.sound(kept["call_id"])
    assert len(left)


def _make_due(system: System, ids: list[str]) -> None:
    with sqlite3.connect(system.settings.home / "hotline.db", timeout=15) as database:
        database.executemany("UPDATE recordings SET keep_until = '2020-01-01' WHERE id = ?", [(one,) for one in ids])


async def _utter(system: System, call_id: str) -> None:
    """Write an utterance into the transcript, as the speech role does."""
    install_keys(PersonalKeys(system.secrets.personal_key))
    database, now = Database(system.settings.database_url), SystemClock().now()
    heard = UtteranceHeard(new_id(), call_id, new_id(), "caller", Personal("楼下烧烤店太吵了"), now, now, 0.9)
    await TranscriptService(database, SystemClock()).add(heard)
    await database.close()
