"""A supervisor at the whole product: what he asks of the API is heard, by tones, at real phones."""

import asyncio
from typing import Any

import pytest

from hotline.demo.people import Person
from hotline.demo.steps import NotObserved
from telephony.phones.sip_call import CallState, SipCall
from telephony.phones.sound import share_of_tone, tone
from tests.hotline.desk import Desk, Talk
from tests.hotline.system import AGENT_TONE, CALLER_TONE, until

pytestmark = pytest.mark.calls

BOSS, BOSS_TONE = "8090", 1000
PATIENCE = 20.0


class Supervisor:
    """A shift leader with an account and a phone, beside a talk that runs."""

    def __init__(self, desk: Desk, talk: Talk, call_id: str) -> None:
        self.desk, self.talk, self.call_id = desk, talk, call_id
        self.citizen, self.agent = talk.caller.call, talk.agent

    @property
    def account(self) -> Person:
        return self.desk.agents[BOSS]

    async def ask(self, verb: str) -> dict[str, Any]:
        answer: dict[str, Any] = await self.account.post(f"/calls/{self.call_id}/{verb}", {"reason": "新人带教"})
        return answer

    async def take_part(self, verb: str) -> SipCall:
        """Ask, answer the phone that rings, and speak."""
        assert (await self.ask(verb))["agent_phone"] == self.talk.number
        call = await self.desk.ringing(BOSS, within=PATIENCE)
        await call.answer()
        call.media.play(tone(BOSS_TONE, 120))
        return call

    async def ledger(self) -> list[tuple[str, bool, bool]]:
        """Return what is on record of this call: verb, whether with a reason (masked), whether done; first first."""
        inspector = self.desk.system.person("admin")
        page = await inspector.get("/supervision", call_id=self.call_id)
        await inspector.leave()
        return [(one["act"], bool(one["reason"]), one["outcome"] == "done") for one in reversed(page["items"])]


@pytest.fixture
async def boss(desk: Desk) -> Supervisor:
    await desk.register(BOSS)
    await desk.ready("8001")
    talk = await desk.talk("8001", within=PATIENCE)
    call = await desk.wait_call(talk.caller, "talking")
    return Supervisor(desk, talk, call["call_id"])


async def hears(listener: SipCall, *hertz: float) -> None:
    """Wait until somebody hears all of these tones together."""

    async def heard() -> bool:
        lately = listener.media.heard_lately(0.8)
        return len(lately) > 0 and all(share_of_tone(lately, one) > 0.1 for one in hertz)

    await until(heard, f"{hertz} heard", within=PATIENCE)


async def never_hears(listener: SipCall, hertz: float, *, while_hearing: float) -> None:
    """Check that for a second of sound, in which another tone is heard, this one is not."""
    await asyncio.sleep(1.0)
    await hears(listener, while_hearing)
    assert share_of_tone(listener.media.heard_lately(1.0), hertz) < 0.02


async def test_who_listens_hears_both_and_nobody_hears_him(boss: Supervisor) -> None:
    mine = await boss.take_part("listen")
    await hears(mine, CALLER_TONE, AGENT_TONE)
    await never_hears(boss.citizen, BOSS_TONE, while_hearing=AGENT_TONE)
    await never_hears(boss.agent, BOSS_TONE, while_hearing=CALLER_TONE)
    assert (await boss.account.post("/supervision/stop"))["call_id"] == boss.call_id
    await mine.wait_state(CallState.ENDED, within=PATIENCE)
    await boss.talk.hear_each_other()
    assert await boss.ledger() == [("listen", True, True), ("stop", False, True)]
    await boss.agent.hang_up()
    await boss.desk.finished(boss.talk)


async def test_a_whisper_reaches_the_agent_and_not_the_caller(boss: Supervisor) -> None:
    mine = await boss.take_part("whisper")
    await hears(boss.agent, CALLER_TONE, BOSS_TONE)
    await hears(mine, CALLER_TONE, AGENT_TONE)
    await never_hears(boss.citizen, BOSS_TONE, while_hearing=AGENT_TONE)
    await mine.hang_up()
    await boss.agent.hang_up()
    call = await boss.desk.finished(boss.talk)
    for track in await boss.desk.sound(call["call_id"]):
        assert share_of_tone(track, BOSS_TONE) < 0.01, "a whisper is not recorded"


async def test_who_barges_in_is_heard_by_both_and_goes_again(boss: Supervisor) -> None:
    mine = await boss.take_part("barge")
    await hears(boss.citizen, AGENT_TONE, BOSS_TONE)
    await hears(boss.agent, CALLER_TONE, BOSS_TONE)
    await hears(mine, CALLER_TONE, AGENT_TONE)
    await mine.hang_up()
    await never_hears(boss.citizen, BOSS_TONE, while_hearing=AGENT_TONE)
    await boss.agent.hang_up()
    await boss.desk.wait_call(boss.talk.caller, "ended")


async def test_who_takes_over_has_the_caller_and_the_agent_is_free(boss: Supervisor) -> None:
    mine = await boss.take_part("take-over")
    await boss.agent.wait_state(CallState.ENDED, within=PATIENCE)
    await hears(mine, CALLER_TONE)
    await hears(boss.citizen, BOSS_TONE)
    await boss.desk.wait_state("8001", "ready")  # his wrap-up is over
    assert await boss.desk.call_of(boss.talk.caller) is not None
    await boss.desk.wait_call(boss.talk.caller, "talking")
    await mine.hang_up()
    call = await boss.desk.wait_call(boss.talk.caller, "ended")
    _, served = await boss.desk.sound(call["call_id"])
    assert share_of_tone(served, BOSS_TONE) > 0.05, "who took over is not in the recording"


async def test_from_listening_to_barging_in_the_phone_rings_once(boss: Supervisor) -> None:
    mine = await boss.take_part("listen")
    await hears(mine, CALLER_TONE, AGENT_TONE)
    await boss.ask("barge")
    await hears(boss.citizen, AGENT_TONE, BOSS_TONE)
    await boss.ask("listen")
    await until_silent(boss.citizen, BOSS_TONE)
    await mine.hang_up()
    await boss.talk.hear_each_other()
    await boss.agent.hang_up()
    await boss.desk.finished(boss.talk)


async def until_silent(listener: SipCall, hertz: float) -> None:
    """Wait until somebody hears a tone no more."""

    async def gone() -> bool:
        return share_of_tone(listener.media.heard_lately(0.8), hertz) < 0.02

    await until(gone, f"{hertz} no longer heard", within=PATIENCE)


async def test_an_agent_who_is_logged_out_ends_his_talk_and_gets_no_other(boss: Supervisor) -> None:
    seat = boss.desk.system.seats["8001"]
    await boss.account.post(f"/agents/{seat.agent_id}/log-out", {"reason": "换班未签出"})
    await boss.talk.hear_each_other()
    waiting = await boss.desk.dial()
    await boss.agent.hang_up()
    await boss.desk.wait_state("8001", "offline")
    await boss.desk.no_ring("8001", seconds=2.0)
    await boss.desk.ready("8002")
    await boss.desk.answer(waiting, "8002")


async def test_a_waiting_call_moves_to_another_queue_and_then_to_an_agent(boss: Supervisor) -> None:
    desk = boss.desk
    caller = await desk.dial()
    call = await desk.wait_call(caller, "waiting")
    move = f"/calls/{call['call_id']}/move"
    await boss.account.post(move, {"queue": "leader", "reason": "诉求人要求领导接听"})

    async def moved() -> bool:
        calls = await boss.account.get("/queues/waiting", queue="leader")
        return [one["call_id"] for one in calls] == [call["call_id"]]

    await until(moved, "the call in the other queue")
    await desk.ready("8002")  # serves the former queue only
    await desk.no_ring("8002", seconds=2.0)
    busy = desk.system.seats["8001"].agent_id
    with pytest.raises(NotObserved, match="409"):
        await boss.account.post(move, {"agent_id": busy, "reason": "熟悉情况"})
    await boss.account.post(move, {"agent_id": desk.system.seats["8002"].agent_id, "reason": "熟悉情况"})
    await desk.answer(caller, "8002", within=PATIENCE)
    await boss.talk.hear_each_other()


async def test_an_agent_may_not_listen_to_another(boss: Supervisor) -> None:
    with pytest.raises(NotObserved, match="403"):
        await boss.desk.agents["8002"].post(f"/calls/{boss.call_id}/listen", {"reason": "好奇"})
    await boss.talk.hear_each_other()
