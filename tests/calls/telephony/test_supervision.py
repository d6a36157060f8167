"""Supervisors at a running call on the real switch: who hears whom is told by tones."""

import asyncio
from typing import Any

import pytest

from telephony.events import CallEndedMessage, LegEnded, LegJoined, Party
from telephony.phones.sip_call import CallState, SipCall
from telephony.phones.sound import share_of_tone, tone
from telephony.supervision.control import SupervisionControl, supervising
from telephony.supervision.verbs import Verb, scene_of

pytestmark = pytest.mark.calls

CALLER, AGENT, SUPERVISOR = 440.0, 700.0, 1000.0
SUPERVISORS_PHONE = "8005"
PATIENCE = 15.0
SILENT = 0.02
"""Share of a tone in what is heard below which it is not there."""


class Gallery:
    """A running call with a supervisor's phone beside it."""

    def __init__(self, desk: Any) -> None:
        self.desk = desk
        self.control = SupervisionControl(desk.link, desk.control)

    async def open(self) -> None:
        self.phone = await self.desk.agent(SUPERVISORS_PHONE)
        self.citizen, self.agent, self.arrived, self.agent_leg = await self.desk.join("8001")

    async def order(self, verb: Verb) -> str:
        legs = await self.control.legs()
        scene = scene_of(legs, self.arrived.call_id, SUPERVISORS_PHONE, verb)
        return await self.control.begin(verb, scene, SUPERVISORS_PHONE)

    async def take_part(self, verb: Verb) -> tuple[SipCall, str]:
        leg_id = await self.order(verb)
        ringing = await self.phone.next_call()
        assert ringing.remote_headers["x-supervision"] == verb.value
        await ringing.answer()
        return ringing, leg_id

    async def close(self, *calls: SipCall) -> None:
        for call in (self.citizen, self.agent, *calls):
            await call.hang_up()

    async def told(self) -> CallEndedMessage:
        """The message of the call's end: every leg and its recording is known by then."""
        message: CallEndedMessage = await self.desk.told(self.arrived.call_id)
        return message


async def heard(speaker: SipCall, hertz: float, *listeners: SipCall, deaf: tuple[SipCall, ...] = ()) -> None:
    """Let `speaker` send a tone: every listener must hear it, no deaf one may."""
    await faded(hertz, *listeners, *deaf)
    before = [len(one.media.heard) for one in deaf]
    speaker.media.play(tone(hertz, 1.0))
    await asyncio.gather(*(one.media.wait_tone(hertz, within=PATIENCE) for one in listeners))
    await speaker.media.wait_played()
    await asyncio.sleep(0.3)  # the last of it
    for one, start in zip(deaf, before, strict=True):
        assert share_of_tone(one.media.heard[start:], hertz) < SILENT


async def faded(hertz: float, *listeners: SipCall) -> None:
    """Wait until what was sent before has arrived everywhere: on a busy machine a tone has a long tail."""
    async with asyncio.timeout(PATIENCE):
        while any(share_of_tone(one.media.heard_lately(0.3), hertz) >= SILENT for one in listeners):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def no_longer_heard(speaker: SipCall, hertz: float, *deaf: SipCall) -> None:
    """Let `speaker` send a tone until none of them hears it: an order has come into effect."""
    speaker.media.play(tone(hertz, PATIENCE))
    await asyncio.sleep(0.5)  # it is on its way
    await faded(hertz, *deaf)
    speaker.media.stop_playing()


@pytest.fixture
async def gallery(desk: Any) -> Gallery:
    opened = Gallery(desk)
    await opened.open()
    return opened


async def test_who_listens_hears_both_and_is_heard_by_nobody(gallery: Gallery) -> None:
    mine, leg_id = await gallery.take_part(Verb.LISTEN)
    await heard(gallery.citizen, CALLER, mine, gallery.agent)
    await heard(gallery.agent, AGENT, mine, gallery.citizen)
    await heard(mine, SUPERVISOR, deaf=(gallery.citizen, gallery.agent))
    await gallery.close()
    ended = await gallery.desk.until(LegEnded, lambda fact: fact.leg_id == leg_id)
    assert ended.party is Party.SUPERVISOR
    await mine.wait_state(CallState.ENDED)
    told = await gallery.told()
    assert {leg.party for leg in told.legs} == {Party.CALLER, Party.AGENT}


async def test_whispering_reaches_the_agent_and_not_the_caller_and_leaves_no_trace_in_the_recording(
    gallery: Gallery,
) -> None:
    mine, _ = await gallery.take_part(Verb.WHISPER)
    await heard(mine, SUPERVISOR, gallery.agent, deaf=(gallery.citizen,))
    await heard(gallery.citizen, CALLER, mine, gallery.agent)
    await heard(gallery.agent, AGENT, mine, gallery.citizen)
    await gallery.close(mine)
    told = await gallery.told()
    for leg in told.legs:
        assert share_of_tone(gallery.desk.recording(leg.leg_id), SUPERVISOR) < 0.01


async def test_barging_in_all_three_hear_each_other_and_every_leg_is_recorded(gallery: Gallery) -> None:
    mine, leg_id = await gallery.take_part(Verb.BARGE)
    joined = await gallery.desk.until(LegJoined, lambda fact: fact.leg_id == leg_id)
    assert joined.party is Party.SUPERVISOR
    await heard(mine, SUPERVISOR, gallery.citizen, gallery.agent)
    await heard(gallery.citizen, CALLER, mine, gallery.agent)
    await heard(gallery.agent, AGENT, mine, gallery.citizen)
    # he leaves, the two go on
    await mine.hang_up()
    await heard(gallery.citizen, CALLER, gallery.agent)
    await gallery.close()
    told = await gallery.told()
    assert {leg.party for leg in told.legs} == {Party.CALLER, Party.AGENT, Party.SUPERVISOR}
    assert share_of_tone(gallery.desk.recording(leg_id), SUPERVISOR) > 0.1


async def test_taking_over_the_supervisor_has_the_caller_the_agent_is_free_and_the_recording_goes_on(
    gallery: Gallery,
) -> None:
    mine, leg_id = await gallery.take_part(Verb.TAKE_OVER)
    await gallery.agent.wait_state(CallState.ENDED)
    joined = await gallery.desk.until(LegJoined, lambda fact: fact.leg_id == leg_id)
    assert (joined.party, joined.endpoint) == (Party.AGENT, SUPERVISORS_PHONE)
    await gallery.desk.until(LegEnded, lambda fact: fact.leg_id == gallery.agent_leg)
    await heard(gallery.citizen, CALLER, mine)
    await heard(mine, SUPERVISOR, gallery.citizen)
    assert gallery.citizen.media.longest_gap < 0.5
    await gallery.close(mine)
    told = await gallery.told()
    assert {leg.leg_id for leg in told.legs} == {gallery.arrived.leg_id, gallery.agent_leg, leg_id}
    caller = gallery.desk.recording(gallery.arrived.leg_id)
    spoken = [share_of_tone(part, CALLER) > 0.1 for part in (caller[: len(caller) // 2], caller[len(caller) // 2 :])]
    assert spoken == [True, True]  # before and after
    assert share_of_tone(gallery.desk.recording(leg_id), SUPERVISOR) > 0.1
    assert share_of_tone(gallery.desk.recording(gallery.agent_leg), AGENT) > 0.1


async def test_from_listening_to_whispering_to_barging_to_taking_over_without_ringing_again(gallery: Gallery) -> None:
    mine, leg_id = await gallery.take_part(Verb.LISTEN)
    await heard(gallery.citizen, CALLER, mine)
    assert await gallery.order(Verb.WHISPER) == leg_id
    await heard(mine, SUPERVISOR, gallery.agent, deaf=(gallery.citizen,))
    assert await gallery.order(Verb.BARGE) == leg_id
    await heard(mine, SUPERVISOR, gallery.agent, gallery.citizen)
    assert await gallery.order(Verb.LISTEN) == leg_id
    await no_longer_heard(mine, SUPERVISOR, gallery.citizen, gallery.agent)
    await heard(mine, SUPERVISOR, deaf=(gallery.citizen, gallery.agent))
    await heard(gallery.agent, AGENT, gallery.citizen, mine)
    assert await gallery.order(Verb.TAKE_OVER) == leg_id
    await gallery.agent.wait_state(CallState.ENDED)
    await heard(mine, SUPERVISOR, gallery.citizen)
    agents = [one for one in gallery.desk.facts if isinstance(one, LegJoined) and one.party is Party.AGENT]
    assert [one.leg_id for one in agents] == [gallery.agent_leg, leg_id]
    await gallery.close(mine)
    assert len((await gallery.told()).legs) == 3


async def test_a_supervisor_who_does_not_answer_changes_nothing(gallery: Gallery) -> None:
    leg_id = await gallery.order(Verb.TAKE_OVER)
    ringing = await gallery.phone.next_call()
    await ringing.reject(486)
    await gallery.desk.until(LegEnded, lambda fact: fact.leg_id == leg_id)
    await heard(gallery.citizen, CALLER, gallery.agent)
    await heard(gallery.agent, AGENT, gallery.citizen)
    await gallery.close()
    assert {leg.party for leg in (await gallery.told()).legs} == {Party.CALLER, Party.AGENT}


async def test_a_call_that_ends_while_the_supervisors_phone_rings_leaves_nothing_behind(gallery: Gallery) -> None:
    await gallery.order(Verb.LISTEN)
    ringing = await gallery.phone.next_call()
    await gallery.close()
    await gallery.desk.until(LegEnded, lambda fact: fact.leg_id == gallery.agent_leg)
    await ringing.answer()
    await ringing.wait_state(CallState.ENDED)
    assert {leg.party for leg in (await gallery.told()).legs} == {Party.CALLER, Party.AGENT}


async def test_the_supervisor_hangs_up_by_an_order(gallery: Gallery) -> None:
    mine, leg_id = await gallery.take_part(Verb.LISTEN)
    await heard(gallery.citizen, CALLER, mine)
    own = supervising(await gallery.control.legs(), SUPERVISORS_PHONE)
    assert own.leg_id == leg_id
    assert await gallery.control.end(own)
    await mine.wait_state(CallState.ENDED)
    await heard(gallery.agent, AGENT, gallery.citizen)
    await gallery.close()
    await gallery.told()
