"""200 random walks through the states of transfers: no zombie channel, no lost leg, the right state at every step."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from core.errors import Conflict, HotlineError, NotFound
from telephony.events import CallArrived, LegEnded
from telephony.phones.sip_call import CallState, SipCall
from telephony.phones.user_agent import UserAgent
from telephony.snapshot import take_snapshot
from telephony.transfers.desk import Wish
from telephony.transfers.destinations import Destination
from telephony.transfers.following import Floor
from telephony.transfers.states import TABLE, VERBS, TalkEvent, TalkState
from telephony.views import LegView
from tests.transfers.conftest import NUMBER, TransferringDesk, connect

pytestmark = [pytest.mark.calls, pytest.mark.timeout(600)]

FIRST_SOUND = timedelta(milliseconds=100)
WALKS = int(os.environ.get("HOTLINE_WALKS", "200"))
AT_ONCE = 4
CALLS = {TalkEvent.CONSULT, TalkEvent.INVITE, TalkEvent.BLIND}


class Partner:
    """A merged hotline with as many lines as it needs; its calls are told apart by the header with our call id."""

    def __init__(self, switch: Any) -> None:
        self.calls: dict[str, list[SipCall]] = {}
        self.phone = UserAgent(NUMBER, switch.sip, on_call=self._offered)

    def _offered(self, call: SipCall) -> None:
        self.calls.setdefault(call.remote_headers["x-call-id"], []).append(call)

    def ringing(self, call_id: str) -> SipCall | None:
        return next((one for one in self.calls.get(call_id, []) if one.state is CallState.OFFERED), None)

    def talking(self, call_id: str) -> SipCall | None:
        return next((one for one in self.calls.get(call_id, []) if one.state is CallState.ANSWERED), None)


@pytest.fixture
async def partner_switch(clean_switch: Any) -> AsyncIterator[Partner]:
    partner = Partner(clean_switch)
    await partner.phone.start()
    await connect(clean_switch, {"rsj": partner.phone}, max_calls=100)
    yield partner
    await partner.phone.close()


class Walk:
    """One call that is pushed around."""

    def __init__(self, desk: TransferringDesk, partner: Partner, seed: int, phone: Any) -> None:
        self.desk, self.partner, self.chance, self.phone = desk, partner, random.Random(seed), phone
        self.call_id = ""
        self.trail: list[str] = []

    @property
    def state(self) -> TalkState:
        talk = self.desk.transfers._floor.talks.get(self.call_id)  # type: ignore[union-attr]
        return TalkState.OVER if talk is None else talk.state

    async def begin(self) -> None:
        caller = await self.desk.citizen(f"139{self.chance.randrange(10**8):08d}")
        self.citizen = await caller.dial("12345")
        await self.citizen.wait_state(CallState.ANSWERED)
        number = caller.number
        arrived = await self.desk.until(
            CallArrived, lambda fact: fact.caller is not None and fact.caller.reveal() == number
        )
        self.call_id = arrived.call_id
        for _ in range(3):  # an offer that ends before it joined is made again, as the engine does
            leg_id = await self.desk.ring(arrived, self.phone.number)
            self.agent = await self.phone.next_call(within=20.0)
            await self.agent.answer()
            if await self.joined(leg_id):
                return
            self.trail.append("offered again")
        raise AssertionError("three answers, and no talk")

    async def joined(self, leg_id: str) -> bool:
        """Wait until the talk begins (True) or the agent's leg has ended without one."""
        async with asyncio.timeout(20.0):
            while self.state is not TalkState.TALKING:
                if any(isinstance(fact, LegEnded) and fact.leg_id == leg_id for fact in self.desk.facts):
                    return False
                await asyncio.sleep(0.01)
        return True

    async def settle(self, wanted: set[TalkState], seconds: float = 20.0) -> None:
        async with asyncio.timeout(seconds):
            while self.state not in wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    def story(self) -> list[str]:
        """What the switch told of this call, for whoever looks into a trouble."""
        facts = [fact for fact in self.desk.facts if getattr(fact, "call_id", "") == self.call_id]
        return [
            f"{type(fact).__name__} {getattr(fact, 'party', '')} {getattr(fact, 'room', getattr(fact, 'reason', ''))}"
            for fact in facts
        ]

    async def step(self) -> None:
        """Do one thing at random: a verb (also an impossible one), an answer, a refusal, a hang-up."""
        ringing, talking = self.partner.ringing(self.call_id), self.partner.talking(self.call_id)
        verbs = sorted(VERBS - {TalkEvent.REQUEUE})
        choices: list[str] = [event.value for event in verbs]
        choices += [event.value for event in verbs if (self.state, event) in TABLE] * 4 + ["agent", "caller"]
        choices += ["answer"] * 12 + ["reject"] * 4 if ringing else []
        choices += ["target"] * 3 if talking else []
        act = self.chance.choice(choices)
        self.trail.append(f"{self.state}:{act}")
        if act == "answer" and ringing:
            await ringing.answer()
        elif act == "reject" and ringing:
            await ringing.reject(486)
        elif act == "target" and talking:
            await talking.hang_up()
        elif act in {"agent", "caller"}:
            await (self.agent if act == "agent" else self.citizen).hang_up()
        else:
            await self.verb(TalkEvent(act))
        await asyncio.sleep(self.chance.choice((0.0, 0.02, 0.1, 0.3)))

    async def verb(self, event: TalkEvent) -> None:
        possible = (self.state, event) in TABLE
        wish = Wish(Destination(NUMBER, "", "rsj"), seconds=5.0) if event in CALLS else None
        try:
            await self.desk.transfers.act(self.call_id, event, wish)  # type: ignore[union-attr]
        except (Conflict, NotFound) as refused:
            # a party may have moved in the same instant; without that a possible verb must not be refused
            self.trail.append(f"refused {type(refused).__name__} possible={possible}")

    async def end(self) -> None:
        for call in self.chance.sample([self.citizen, self.agent, *self.partner.calls.get(self.call_id, [])], k=2):
            await call.hang_up()
            await asyncio.sleep(self.chance.choice((0.0, 0.01, 0.1)))
        for call in (self.citizen, self.agent, *self.partner.calls.get(self.call_id, [])):
            await call.hang_up()
        await self.settle({TalkState.OVER})


async def test_random_walks_end_with_nothing_left_behind(
    desk: TransferringDesk, partner_switch: Partner, clean_switch: Any
) -> None:
    seeds = iter(range(WALKS))
    seen: Counter[TalkState] = Counter()
    troubles: list[str] = []

    async def walker(number: str) -> None:
        phone = await desk.agent(number)
        for seed in seeds:
            walk = Walk(desk, partner_switch, seed, phone)
            try:
                await walk.begin()
                for _ in range(walk.chance.randrange(2, 9)):
                    await walk.step()
                    seen[walk.state] += 1
                    if walk.state is TalkState.OVER:
                        break
                await walk.end()
            except (TimeoutError, HotlineError, AssertionError) as error:
                troubles.append(f"seed {seed} {type(error).__name__} {error} {walk.state} {walk.trail} {walk.story()}")
                await desk.control.hang_up_call(walk.call_id)

    await asyncio.gather(*(walker(f"800{n}") for n in range(1, AT_ONCE + 1)))
    assert not troubles, "\n".join(troubles)
    assert await clean_switch.wait_until_empty() == [], "no zombie channel"
    await desk.recorder.ingest_journal()
    arrivals = {fact.call_id: fact.leg_id for fact in desk.facts if isinstance(fact, CallArrived)}
    assert len(arrivals) == WALKS
    for call_id, leg_id in arrivals.items():
        view = await desk.recorder.call(call_id)
        ended = {leg.leg_id for leg in view.legs if leg.ended_at is not None}
        assert leg_id in ended
        assert len(ended) == len(view.legs), "no leg without an end"
        silent = [leg for leg in view.legs if not leg.recorded and _talked(leg)]
        assert not silent, f"legs that talked and were not recorded: {silent}"
    if WALKS < 200:
        return  # too few to come everywhere
    assert {TalkState.DIALLING, TalkState.CONSULTING, TalkState.CONFERENCE, TalkState.TALKING} <= seen.keys()


def _talked(leg: LegView) -> bool:
    """A leg that hung up in the instant it was joined has said nothing that could be recorded."""
    return leg.joined_at is not None and leg.ended_at is not None and leg.ended_at - leg.joined_at > FIRST_SOUND


async def test_the_state_read_anew_from_the_switch_is_the_state_that_was_followed(
    desk: TransferringDesk, partner_switch: Partner, clean_switch: Any
) -> None:
    phone = await desk.agent("8001")
    for seed in range(1000, 1000 + max(3, WALKS // 20)):
        walk = Walk(desk, partner_switch, seed, phone)
        await walk.begin()
        for _ in range(4):
            await walk.step()
            if walk.state is TalkState.OVER:
                break
            await asyncio.sleep(0.6)  # the dialplan and the repair have had their time
            followed = walk.state
            anew = Floor()
            anew.take(await take_snapshot(desk.link, desk.clock.now()))
            if walk.state is not followed:
                continue  # somebody hung up while the switch was read
            read = anew.talks.get(walk.call_id)
            assert (TalkState.OVER if read is None else read.state) is followed, walk.trail
        await walk.end()
