"""The recorder on real databases: facts and journal lines in any order, more than once, end in the same rows."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.clock import ManualClock
from core.database import Database
from core.errors import InvalidInput, NotFound, TransitionRefused
from core.ids import new_id
from core.outbox import Deliverer, Delivery
from core.personal import Personal
from core.wire import read
from telephony.events import (
    CALL_ENDED,
    CallArrived,
    CallEnded,
    CallEndedMessage,
    CallFact,
    CallFellBack,
    HangupReason,
    LegEnded,
    LegJoined,
    LegRinging,
    Party,
    SwitchSnapshot,
)
from telephony.repository import CallFilter
from telephony.service import CallRecorder
from telephony.states import CallEvent, CallState, next_state

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CALLER = Personal("13900000001")


class Story:
    """One call: the caller waits 3 s, talks 6 s with 8002 after 8001 was busy."""

    def __init__(self) -> None:
        self.call, self.caller_leg, self.busy_leg, self.agent_leg = (new_id() for _ in range(4))

    def facts(self) -> list[CallFact]:
        agent = (self.call, self.agent_leg, Party.AGENT, "8002")
        busy = (self.call, self.busy_leg, Party.AGENT, "8001")
        caller = (self.call, self.caller_leg, Party.CALLER, "")
        return [
            CallArrived(self.call, self.caller_leg, "main-1.0", CALLER, "12345", "general", T0),
            LegRinging(*busy, _at(1)),
            LegEnded(*busy, HangupReason.BUSY, False, _at(2)),
            LegRinging(*agent, _at(2)),
            LegJoined(*caller, "main-1.0", _at(3)),
            LegJoined(*agent, self.agent_leg, _at(3)),
            LegEnded(*agent, HangupReason.NORMAL, True, _at(9)),
            LegEnded(*caller, HangupReason.NORMAL, True, _at(9)),
            CallEnded(self.call, _at(9), True),
        ]

    def lines(self) -> list[str]:
        agent = _line(self.call, self.agent_leg, party="agent", endpoint="8002", joined=True)
        caller = _line(self.call, self.caller_leg, party="caller", endpoint="trunk", joined=True)
        return [agent, caller]


def _at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def _ms(seconds: float) -> int:
    return int(_at(seconds).timestamp() * 1000)


def _line(call: str, leg: str, *, party: str, endpoint: str, joined: bool, mode: str = "talking") -> str:
    caller = party == "caller"
    value: Mapping[str, Any] = {
        "call": call,
        "leg": leg,
        "party": party,
        "endpoint": endpoint,
        "channel": leg,
        "caller": CALLER.reveal() if caller else None,
        "dialled": "12345" if caller else None,
        "queue": "general" if caller else None,
        "entered_at": _ms(0) if caller else None,
        "recorded_at": _ms(3) if joined else None,
        "joined_at": _ms(3) if joined else None,
        "ended_at": _ms(9),
        "mode": mode,
        "cause": 16,
        "file": f"legs/{leg}.wav" if joined else None,
    }
    return json.dumps(value, separators=(",", ":"))


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    (tmp_path / "spool" / "journal").mkdir(parents=True)
    (tmp_path / "spool" / "legs").mkdir()
    return tmp_path / "spool"


@pytest.fixture
def recorder(database: Database, clock: ManualClock, spool: Path) -> CallRecorder:
    return CallRecorder(database, clock, spool)


def write(spool: Path, *lines: str) -> None:
    with (spool / "journal" / "legs.jsonl").open("a") as file:
        file.writelines(line + "\n" for line in lines)


async def told(database: Database, clock: ManualClock) -> list[CallEndedMessage]:
    messages: list[CallEndedMessage] = []

    async def keep(delivery: Delivery) -> None:
        messages.append(read(CallEndedMessage, delivery.payload))

    await Deliverer(database, clock, {CALL_ENDED: keep}).run_once()
    return messages


async def test_a_call_is_kept_with_its_legs_and_its_end_is_told_once_with_the_recordings(
    recorder: CallRecorder, database: Database, clock: ManualClock, spool: Path
) -> None:
    story = Story()
    for fact in story.facts()[:-3]:
        await recorder.take(fact)
    assert (await recorder.call(story.call)).state is CallState.TALKING
    write(spool, *story.lines())
    for fact in story.facts()[-3:]:
        await recorder.take(fact)
    view = await recorder.call(story.call)
    assert (view.state, view.caller, view.dialled, view.queue) == (CallState.ENDED, CALLER, "12345", "general")
    assert (view.entered_at, view.joined_at, view.ended_at) == (T0, _at(3), _at(9))
    reasons = {leg.endpoint: leg.reason for leg in view.legs}
    assert reasons == {"trunk": HangupReason.NORMAL, "8001": HangupReason.BUSY, "8002": HangupReason.NORMAL}
    (message,) = await told(database, clock)
    assert (message.call_id, message.talked) == (story.call, True)
    assert {leg.path for leg in message.legs} == {
        spool / "legs" / f"{leg}.wav" for leg in (story.caller_leg, story.agent_leg)
    }
    assert all(leg.started_at == leg.joined_at == _at(3) and leg.ended_at == _at(9) for leg in message.legs)


async def test_the_journal_alone_gives_the_whole_call(
    recorder: CallRecorder, database: Database, clock: ManualClock, spool: Path
) -> None:
    story = Story()
    write(spool, *story.lines())
    assert (await recorder.ingest_journal()).lines == 2
    view = await recorder.call(story.call)
    assert (view.state, view.caller, view.joined_at) == (CallState.ENDED, CALLER, _at(3))
    (message,) = await told(database, clock)
    assert len(message.legs) == 2


async def test_the_end_is_not_told_before_the_agent_s_recording_is_known(
    recorder: CallRecorder, database: Database, clock: ManualClock, spool: Path
) -> None:
    story = Story()
    agent, caller = story.lines()
    write(spool, caller)
    await recorder.ingest_journal()
    assert await told(database, clock) == []
    write(spool, agent)
    await recorder.ingest_journal()
    (message,) = await told(database, clock)
    assert len(message.legs) == 2


async def test_a_caller_who_gave_up_waiting_is_told_without_recordings(
    recorder: CallRecorder, database: Database, clock: ManualClock, spool: Path
) -> None:
    story = Story()
    write(spool, _line(story.call, story.caller_leg, party="caller", endpoint="trunk", joined=False, mode="waiting"))
    await recorder.ingest_journal()
    (message,) = await told(database, clock)
    assert (message.talked, message.legs) == (False, ())


async def test_a_recorder_killed_after_its_commit_stores_nothing_twice(
    recorder: CallRecorder, database: Database, clock: ManualClock, spool: Path
) -> None:
    story = Story()
    write(spool, *story.lines())
    await recorder.ingest_journal()
    assert len(await told(database, clock)) == 1
    after_restart = CallRecorder(database, clock, spool)
    assert (await after_restart.ingest_journal()).lines == 2
    assert await told(database, clock) == []
    assert len((await after_restart.call(story.call)).legs) == 2


async def test_lines_that_cannot_be_stored_stay_in_the_journal(clock: ManualClock, spool: Path, tmp_path: Path) -> None:
    story = Story()
    write(spool, *story.lines())
    broken = Database(f"sqlite+aiosqlite:///{tmp_path}/no-such-directory/hotline.db")
    with pytest.raises(Exception, match="数据库"):
        await CallRecorder(broken, clock, spool).ingest_journal()
    await broken.close()
    assert sum(path.read_text().count(story.call) for path in (spool / "journal").iterdir()) == 2


async def test_a_call_that_the_switch_no_longer_has_is_closed_by_the_snapshot(
    recorder: CallRecorder, database: Database, clock: ManualClock, spool: Path
) -> None:
    story = Story()
    for fact in story.facts()[:6]:
        await recorder.take(fact)
    (spool / "legs" / f"{story.agent_leg}.wav").write_bytes(b"what the dead switch had recorded")
    await recorder.take(SwitchSnapshot(clock.now(), (), frozenset()))
    view = await recorder.call(story.call)
    assert view.state is CallState.ENDED
    assert all(leg.ended_at is not None for leg in view.legs)
    (message,) = await told(database, clock)
    assert [leg.leg_id for leg in message.legs] == [story.agent_leg]


async def test_a_call_sent_to_the_fallback_is_marked(recorder: CallRecorder) -> None:
    story = Story()
    await recorder.take(story.facts()[0])
    await recorder.take(CallFellBack(story.call, _at(8)))
    view = await recorder.call(story.call)
    assert (view.state, view.fell_back_at) == (CallState.FALLBACK, _at(8))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_facts_and_lines_in_any_order_and_twice_give_the_same_call(
    data: st.DataObject, database: Database, clock: ManualClock, spool: Path
) -> None:
    recorder, story = CallRecorder(database, clock, spool), Story()
    news: list[CallFact | str] = [*story.facts(), *story.lines()]
    for one in data.draw(st.permutations(news + news)):
        if isinstance(one, str):
            write(spool, one)
        else:
            await recorder.take(one)
    await recorder.ingest_journal()
    view = await recorder.call(story.call)
    assert (view.state, view.caller, view.dialled) == (CallState.ENDED, CALLER, "12345")
    assert (view.entered_at, view.joined_at, view.ended_at) == (T0, _at(3), _at(9))
    assert {leg.endpoint: leg.recorded for leg in view.legs} == {"trunk": True, "8001": False, "8002": True}
    messages = await told(database, clock)
    assert [(message.talked, len(message.legs)) for message in messages] == [(True, 2)]


async def test_what_follows_a_recorded_fact_may_fail_without_stopping_the_recorder(recorder: CallRecorder) -> None:
    story = Story()
    followed: list[CallFact] = []
    all_read = asyncio.Event()

    class Watcher:
        async def facts(self) -> AsyncIterator[CallFact]:
            for fact in story.facts()[:2]:
                yield fact
            all_read.set()
            await asyncio.Event().wait()

    async def after(fact: CallFact) -> None:
        assert await recorder.call(story.call)  # it is recorded by now
        followed.append(fact)
        raise RuntimeError("a fault in the broker")

    running = asyncio.create_task(recorder.run(Watcher(), after=after))  # type: ignore[arg-type]
    async with asyncio.timeout(10):
        await all_read.wait()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert followed == story.facts()[:2]


async def test_calls_are_found_newest_first_by_page_and_by_filter(recorder: CallRecorder) -> None:
    stories = [Story() for _ in range(5)]
    for story in stories:
        await recorder.take(story.facts()[0])
    await recorder.take(stories[2].facts()[5])
    newest = [story.call for story in reversed(stories)]
    page = await recorder.calls(CallFilter(limit=2))
    assert [view.call_id for view in page] == newest[:2]
    rest = await recorder.calls(CallFilter(limit=10, before=page[-1].call_id))
    assert [view.call_id for view in rest] == newest[2:]
    assert len(await recorder.calls(CallFilter(caller=CALLER))) == 5
    assert await recorder.calls(CallFilter(caller=Personal("13800000000"))) == []
    assert [view.call_id for view in await recorder.calls(CallFilter(endpoint="8002"))] == [stories[2].call]
    assert [view.call_id for view in await recorder.calls(CallFilter(state=CallState.TALKING))] == [stories[2].call]
    assert await recorder.calls(CallFilter(since=_at(1))) == []
    assert len(await recorder.calls(CallFilter(until=_at(1), queue="general"))) == 5


async def test_an_unknown_call_and_a_senseless_page_are_refused(recorder: CallRecorder) -> None:
    with pytest.raises(NotFound):
        await recorder.call(new_id())
    with pytest.raises(InvalidInput):
        await recorder.calls(CallFilter(limit=0))


def test_the_table_of_states_is_complete_and_what_is_over_stays_over() -> None:
    for state, event in itertools.product(CallState, CallEvent):
        after = next_state(state, event)
        assert after in CallState
        assert (after is CallState.ENDED) == (event is CallEvent.ENDED or state is CallState.ENDED)
    with pytest.raises(TransitionRefused):
        next_state(CallState.WAITING, "unheard of")  # type: ignore[arg-type]
