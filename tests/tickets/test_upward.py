"""Exchange with the platform above, against a real HTTP server that loses answers, is down, and is asked again."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from core.clock import ManualClock
from core.database import Database
from core.errors import Conflict, InvalidInput, NotFound
from core.outbox import Deliverer, Handler
from core.personal import Personal
from core.settings import Settings, UpperSettings
from hotline.upward import UpwardSender
from recordings.lifecycle import RecordingState
from recordings.model import Recording
from recordings.retention import RetentionRule
from recordings.service import RecordingService
from telephony.transfers.webhook import SIGNATURE, signature
from tests.tickets.conftest import AGENT, LEADER, REVIEWER, Desk
from tickets.channels import Channel
from tickets.events import HANDED_UP, PUSHED_UP, STATE_REPORTED
from tickets.exchange.repository import platform
from tickets.exchange.upward import UpperReport
from tickets.profile import load_profile
from tickets.service import TicketService

SECRET = "shared-with-the-platform-above"


@dataclass
class Above:
    """The platform above: `faults` are done to the next requests, one each; what it keeps is by idempotency key."""

    url: str = ""
    faults: list[str] = field(default_factory=list)
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: int = 0
    wrong: int = 0

    def newest(self) -> dict[str, dict[str, Any]]:
        """Return what it knows of each ticket when it drops what is not newer than what it has."""
        known: dict[str, dict[str, Any]] = {}
        for record in self.kept.values():
            has = known.get(record["number"])
            if has is None or record.get("as_of", record["sequence"]) >= has.get("as_of", has["sequence"]):
                known[record["number"]] = record
        return known


@pytest.fixture
def above() -> Iterator[Above]:
    state = Above()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.posts += 1
            fault = state.faults.pop(0) if state.faults else None
            if fault == "down":
                self.send_error(503)
                return
            given = self.headers[SIGNATURE]
            at = given.split(",")[0][2:]
            if given != signature(body, SECRET, _At(float(at))):  # type: ignore[arg-type]
                state.wrong += 1
            sound = self.headers["Content-Type"] == "audio/wav"
            record = {**dict(self.headers), "type": "sound", "body": body} if sound else json.loads(body)
            state.kept.setdefault(self.headers["Idempotency-Key"], record)
            if fault == "loses the answer":
                self.close_connection = True
                self.connection.close()
                return
            answer = json.dumps({"number": f"SJ-{len(state.kept)}"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            del args

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (OSError, ValueError):  # the connection we cut ourselves
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    state.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join(10)


@dataclass(frozen=True)
class _At:
    """An instant as `signature` asks for it."""

    seconds: float

    def timestamp(self) -> float:
        return self.seconds


@dataclass
class Below:
    """Our side: the desk, and what delivers its outbox."""

    desk: Desk
    deliverer: Deliverer
    clock: ManualClock
    recordings: RecordingService
    sounds: Path

    async def deliver(self, rounds: int = 12) -> None:
        """Deliver until nothing is left, time passing between attempts."""
        for _ in range(rounds):
            while await self.deliverer.run_once():
                pass
            self.clock.advance(timedelta(minutes=10))


@pytest.fixture
def below(desk: Desk, database: Database, clock: ManualClock, above: Above, tmp_path: Path) -> Below:
    tickets = TicketService(database, clock, load_profile("yichun"), upward=True)
    upper = UpperSettings(
        url=above.url, recordings_url=f"{above.url}sound", secret=SecretStr(SECRET), platform="province"
    )
    rule = RetentionRule(years=3, clause="YC-13.9b", basis="regulation")
    recordings = RecordingService(database, clock, tmp_path / "recordings", rule)
    sender = UpwardSender(Settings(home=tmp_path, upper=upper), clock, tickets, recordings)
    handlers: dict[str, Handler] = {
        PUSHED_UP: sender.send, HANDED_UP: sender.hand_up, STATE_REPORTED: sender.report,
    }  # fmt: skip
    desk.tickets = tickets
    return Below(desk, Deliverer(database, clock, handlers), clock, recordings, tmp_path / "recordings")


async def accepted(desk: Desk) -> str:
    ticket_id = await desk.draft(unit_id=desk.unit.unit_id)
    await desk.tickets.accept(ticket_id, AGENT)
    await desk.tickets.approve(ticket_id, LEADER)
    return ticket_id


FAULTS = ["down", "loses the answer", "down", "loses the answer", "loses the answer"]


async def test_nothing_is_lost_or_doubled_whatever_becomes_of_the_answers(below: Below, above: Above) -> None:
    above.faults = list(FAULTS)
    numbers = set()
    for _ in range(3):
        ticket_id = await below.desk.closed()
        numbers.add((await below.desk.tickets.get(ticket_id)).number)
    await below.deliver()
    assert above.posts > len(above.kept)
    assert above.wrong == 0
    assert sorted(one["kind"] for one in above.kept.values()) == ["acceptance_info"] * 3 + ["ticket_record"] * 3
    assert set(above.newest()) == numbers
    by_ticket: dict[str, list[int]] = {}
    for record in above.kept.values():
        by_ticket.setdefault(record["number"], []).append(record["sequence"])
    assert all(len(set(found)) == len(found) for found in by_ticket.values())


async def test_a_ticket_is_handed_up_once_and_its_receipt_kept_once(below: Below, above: Above) -> None:
    desk, tickets = below.desk, below.desk.tickets
    ticket_id = await accepted(desk)
    await below.deliver(1)
    above.faults = list(FAULTS)
    await tickets.hand_up(ticket_id, LEADER, "属省级部门职责")
    await below.deliver()
    (handed,) = [one for one in above.kept.values() if one["type"] == "hand_over"]
    assert (handed["summary"], handed["kind"]) == ("小区门口的路灯三天不亮", "hand_over")
    (row,) = await tickets.hand_ups(ticket_id, REVIEWER)
    assert (row.state, row.upper_number) == ("received", "SJ-2")
    events = [one.event for one in await tickets.ledger(ticket_id)]
    assert events.count("handed_up") == events.count("upper_received") == 1
    assert not [one for one in await tickets.duties(ticket_id) if one.open]
    with pytest.raises(Conflict):
        await tickets.hand_up(ticket_id, LEADER, "再移交")


async def test_reports_from_above_may_come_twice_and_in_any_order(below: Below) -> None:
    tickets = below.desk.tickets
    ticket_id = await accepted(below.desk)
    number = (await tickets.get(ticket_id)).number
    with pytest.raises(NotFound):
        await tickets.take_upper_report(number, UpperReport(1, "handling"))
    await tickets.hand_up(ticket_id, LEADER, "跨市域")
    await tickets.take_upper_report(number, UpperReport(2, "handling", "SJ-9", "已转省住建厅"))
    for late in (UpperReport(1, "received", "SJ-9"), UpperReport(2, "handling", "SJ-9", "已转省住建厅")):
        assert (await tickets.take_upper_report(number, late)).state == "handling"
    with pytest.raises(InvalidInput):
        await tickets.take_upper_report(number, UpperReport(3, "closed"))
    done = UpperReport(4, "closed", "SJ-9", "省里已答复")
    for _ in range(2):
        assert (await tickets.take_upper_report(number, done)).state == "closed"
    assert (await tickets.take_upper_report(number, UpperReport(3, "returned", None, "迟到"))).state == "closed"
    ticket = await tickets.get(ticket_id)
    assert (ticket.state, ticket.answer) == ("closed", Personal("省里已答复"))
    events = [one.event for one in await tickets.ledger(ticket_id)]
    assert [one for one in events if one.startswith("upper")] == ["upper_reported", "upper_closed"]
    assert await tickets.verify_ledger(ticket_id) is None


async def test_what_comes_back_from_above_is_dispatched_here(below: Below) -> None:
    tickets = below.desk.tickets
    ticket_id = await accepted(below.desk)
    await tickets.hand_up(ticket_id, LEADER, "属省级部门职责")
    number = (await tickets.get(ticket_id)).number
    await tickets.take_upper_report(number, UpperReport(1, "returned", "SJ-3", "属市级职责"))
    assert (await tickets.get(ticket_id)).state == "returned"
    await tickets.dispatch(ticket_id, LEADER, below.desk.unit.unit_id)
    assert (await tickets.get(ticket_id)).state == "dispatched"


async def test_without_a_platform_above_nothing_is_handed_up(desk: Desk) -> None:
    ticket_id = await accepted(desk)
    with pytest.raises(Conflict):
        await desk.tickets.hand_up(ticket_id, LEADER, "属省级部门职责")


async def test_a_ticket_from_above_tells_its_states_back_with_the_answer_at_the_end(below: Below, above: Above) -> None:
    desk, tickets = below.desk, below.desk.tickets
    secret = await tickets.add_platform("province", "省平台", None, above.url)
    async with desk.database.transaction() as session:
        row = await platform(session, "province")
        assert row is not None
        assert secret == row.secret.reveal()
        row.secret = Personal(SECRET)
    async with desk.database.reading() as session:
        known = await platform(session, "province")
    assert known is not None
    fields = {"category": "help", "title": "省里交办", "summary": "路灯", "unit_id": desk.unit.unit_id}
    await tickets.hand_over(known, "SJ-77", fields, None)
    ticket = await tickets.get_by_number((await tickets.handed_over(known, "SJ-77")).number)
    assert ticket.channel == Channel.PLATFORM
    above.faults = ["loses the answer", "down"]
    await tickets.accept(ticket.id, AGENT)
    await tickets.approve(ticket.id, LEADER)
    await tickets.dispatch(ticket.id, AGENT)
    await tickets.sign(ticket.id, desk.unit)
    await tickets.answer(ticket.id, desk.unit, "已更换灯泡")
    await tickets.close(ticket.id, REVIEWER)
    await below.deliver()
    told = [one for one in above.kept.values() if one["type"] == "state"]
    states = [one["state"] for one in sorted(told, key=lambda one: one["sequence"])]
    assert states == ["awaiting_approval", "dispatched", "signed", "answered", "closed"]
    assert len({one["sequence"] for one in told}) == len(told)
    (end,) = [one for one in told if one["state"] == "closed"]
    assert (end["external_id"], end["answer"]) == ("SJ-77", "已更换灯泡")
    assert above.wrong == 0


async def test_jiangsu_gets_the_sound_of_a_recording_and_the_look_is_on_record(below: Below, above: Above) -> None:
    desk = below.desk
    desk.tickets = TicketService(desk.database, below.clock, load_profile("jiangsu"), upward=True)
    await desk.draft(call_id="call-1")
    below.sounds.mkdir()
    (below.sounds / "one.wav").write_bytes(b"RIFF sound")
    row = Recording(
        id="recording-1", call_id="call-1", state=RecordingState.KEPT, path="one.wav", sha256="ab" * 32,
        created_at=below.clock.now(), caller_silent=False, agent_silent=False,
    )  # fmt: skip
    async with desk.database.transaction() as session:
        session.add(row)
    await desk.tickets.push_recording("call-1", "recording-1")
    await desk.tickets.push_recording("call-1", "recording-1")
    above.faults = ["loses the answer", "down"]
    await below.deliver()
    (sound,) = [one for one in above.kept.values() if one["type"] == "sound"]
    (record,) = [one for one in above.kept.values() if one["type"] == "ticket"]
    assert (sound["body"], sound["X-Recording-Id"], record["recording_id"]) == (
        b"RIFF sound", "recording-1", "recording-1",
    )  # fmt: skip
    looks = await below.recordings.accesses("recording-1")
    assert {(one.kind, one.actor_id) for one in looks} == {("playback", "system")}
    assert "JS-16b" in looks[0].reason
