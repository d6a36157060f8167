"""What a waiting caller hears and may do, on a real Asterisk: heard sound is compared with the announcements."""

import time

import pytest

from telephony.ami.message import AmiMessage
from telephony.phones.sip_call import CallState, SipCall
from telephony.phones.sound import tone
from tests.asterisk.conftest import Desk, Phones, offered
from tests.asterisk.engine import Beating, tell
from tests.asterisk.hearing import best_of, wait_heard, was_heard

pytestmark = pytest.mark.calls

CALLER = "13800138000"
AGENT_HERTZ = 620
PATIENCE = 30.0


async def waiting(
    desk: Desk, phones: Phones, number: str = "12345", caller: str = CALLER
) -> tuple[SipCall, AmiMessage]:
    """Bring a caller into the queue."""
    calling = await (await phones(caller)).dial(number)
    arrived = await desk.user_event("CallArrived")
    await calling.wait_state(CallState.ANSWERED)
    return calling, arrived


async def test_the_caller_is_greeted_and_told_his_place_and_the_expected_wait(desk: Desk, phones: Phones) -> None:
    async with Beating(desk):
        calling, arrived = await waiting(desk, phones)
        await tell(desk, "HOTLINE_PLACE", f"4:7:{int(time.time())}", arrived.get("uniqueid"))
        await wait_heard(calling.media, "welcome", within=PATIENCE)
        await wait_heard(calling.media, "ahead-3", within=PATIENCE)
        await wait_heard(calling.media, "wait-7", within=PATIENCE)
        heard = calling.media.heard
        assert best_of(heard, [f"ahead-{place}" for place in range(1, 11)]) == "ahead-3"
        assert best_of(heard, [f"wait-{minutes}" for minutes in range(1, 11)]) == "wait-7"
        await calling.hang_up()


async def test_the_next_in_line_and_long_waits_have_words_of_their_own(desk: Desk, phones: Phones) -> None:
    async with Beating(desk):
        await tell(desk, "HOTLINE_RULES_general", "3:0:never:please-wait:")
        calling, arrived = await waiting(desk, phones)
        channel = arrived.get("uniqueid")
        for place, minutes, heard in (
            (1, 18, ("next-in-line", "wait-20")),
            (77, 31, ("ahead-over-50", "wait-over-30")),
        ):
            since = len(calling.media.heard)
            await tell(desk, "HOTLINE_PLACE", f"{place}:{minutes}:{int(time.time())}", channel)
            for name in heard:
                await wait_heard(calling.media, name, within=PATIENCE, since=since)
        await calling.hang_up()
        await tell(desk, "HOTLINE_RULES_general", "")


async def test_comfort_comes_in_turn_and_music_lies_between(desk: Desk, phones: Phones) -> None:
    async with Beating(desk):
        await tell(desk, "HOTLINE_RULES_general", "0:2:never:please-wait&thanks-for-waiting:")
        calling, _ = await waiting(desk, phones)
        await wait_heard(calling.media, "please-wait", within=PATIENCE)
        await wait_heard(calling.media, "thanks-for-waiting", within=PATIENCE)
        since = len(calling.media.heard)
        await wait_heard(calling.media, "please-wait", within=PATIENCE, since=since)
        assert not was_heard(calling.media.heard, "callback-hint")
        await calling.hang_up()
        await tell(desk, "HOTLINE_RULES_general", "")


async def test_what_the_engine_wants_told_is_told_soon_and_once(desk: Desk, phones: Phones) -> None:
    async with Beating(desk):
        calling, arrived = await waiting(desk, phones)
        await tell(desk, "HOTLINE_TELL", "closed", arrived.get("uniqueid"))
        await wait_heard(calling.media, "closed", within=PATIENCE)
        left = await desk.link.action("Getvar", {"Channel": arrived.get("uniqueid"), "Variable": "HOTLINE_TELL"})
        assert left.get("value") == ""
        await calling.hang_up()


async def test_a_surge_is_announced_to_every_new_caller_until_it_is_over(desk: Desk, phones: Phones) -> None:
    async with Beating(desk):
        await tell(desk, "HOTLINE_RULES_general", "60:30:60:please-wait:surge-typhoon")
        calling, _ = await waiting(desk, phones)
        await wait_heard(calling.media, "surge-typhoon", within=PATIENCE)
        await calling.hang_up()
        await desk.user_event("LegEnded")
        await tell(desk, "HOTLINE_RULES_general", "60:2:60:please-wait:")
        desk.events.clear()
        after, _ = await waiting(desk, phones, caller="13800138001")
        await wait_heard(after.media, "please-wait", within=PATIENCE)
        assert not was_heard(after.media.heard, "surge-typhoon")
        await after.hang_up()
        await tell(desk, "HOTLINE_RULES_general", "")


async def test_old_news_of_the_place_is_not_told_when_the_engine_is_dead_and_the_caller_falls_back(
    desk: Desk, phones: Phones
) -> None:
    agent = await phones("8001", register=True)
    await desk.beat()
    calling, arrived = await waiting(desk, phones)
    await tell(desk, "HOTLINE_PLACE", f"2:1:{int(time.time()) - 60}", arrived.get("uniqueid"))
    await desk.user_event("CallFellBack", arrived.get("call"), within=PATIENCE)
    assert not was_heard(calling.media.heard, "ahead-1")
    assert was_heard(calling.media.heard, "welcome")
    ringing = await offered(agent)
    await ringing.answer()
    await desk.user_event("LegsJoined", arrived.get("call"))
    ringing.media.play(tone(AGENT_HERTZ, 5))
    await calling.media.wait_tone(AGENT_HERTZ, within=10)
    await calling.hang_up()
    await ringing.wait_state(CallState.ENDED)


async def test_key_one_asks_for_a_callback_which_is_confirmed_announced_and_in_the_journal(
    desk: Desk, phones: Phones
) -> None:
    async with Beating(desk):
        calling, arrived = await waiting(desk, phones)
        await wait_heard(calling.media, "welcome", within=PATIENCE)
        calling.media.press("1")
        await wait_heard(calling.media, "callback-number", within=PATIENCE)
        await wait_heard(calling.media, "callback-confirm", within=PATIENCE)
        for digit in sorted(set(CALLER)):
            assert was_heard(calling.media.heard, f"digit-{digit}"), digit
        calling.media.press("1")
        asked = await desk.user_event("CallbackAsked", arrived.get("call"))
        assert (asked.get("number"), asked.get("queue")) == (CALLER, "general")
        assert asked.get("enteredat") == arrived.get("enteredat")
        await calling.wait_state(CallState.ENDED, within=PATIENCE)
        await desk.user_event("LegEnded", arrived.get("call"))
        (line,) = desk.journal(arrived.get("call"))
        assert line["callback"] == CALLER
        assert line["entered_at"] == int(arrived.get("enteredat"))


async def test_another_number_can_be_typed_and_a_wrong_one_is_refused(desk: Desk, phones: Phones) -> None:
    async with Beating(desk):
        calling, arrived = await waiting(desk, phones, caller="anonymous")
        await wait_heard(calling.media, "welcome", within=PATIENCE)
        calling.media.press("1")
        await wait_heard(calling.media, "callback-enter", within=PATIENCE)
        calling.media.press("110#")
        await wait_heard(calling.media, "callback-invalid", within=PATIENCE)
        since = len(calling.media.heard)
        await wait_heard(calling.media, "callback-enter", within=PATIENCE, since=since)
        calling.media.press("07953991234#")
        await wait_heard(calling.media, "callback-confirm", within=PATIENCE)
        calling.media.press("1")
        asked = await desk.user_event("CallbackAsked", arrived.get("call"))
        assert asked.get("number") == "07953991234"
        await calling.hang_up()


async def test_an_agent_who_answers_while_the_caller_thinks_it_over_gets_him(desk: Desk, phones: Phones) -> None:
    async with Beating(desk):
        agent = await phones("8001", register=True)
        calling, arrived = await waiting(desk, phones)
        calling.media.press("1")
        await wait_heard(calling.media, "callback-number", within=PATIENCE)
        await desk.ring("8001", arrived)
        ringing = await offered(agent)
        await ringing.answer()
        await desk.user_event("LegsJoined", arrived.get("call"))
        ringing.media.play(tone(AGENT_HERTZ, 5))
        await calling.media.wait_tone(AGENT_HERTZ, within=10)
        assert not [event for event in desk.events if event.get("userevent") == "CallbackAsked"]
        await calling.hang_up()


async def test_an_agent_who_answers_after_the_wish_does_not_get_the_caller(desk: Desk, phones: Phones) -> None:
    async with Beating(desk):
        agent = await phones("8001", register=True)
        calling, arrived = await waiting(desk, phones)
        calling.media.press("1")
        await wait_heard(calling.media, "callback-confirm", within=PATIENCE)
        await desk.ring("8001", arrived)
        ringing = await offered(agent)
        calling.media.press("1")
        await desk.user_event("CallbackAsked", arrived.get("call"))
        await ringing.answer()
        await ringing.wait_state(CallState.ENDED)
        await wait_heard(calling.media, "callback-done", within=PATIENCE)
        assert not [event for event in desk.events if event.get("userevent") == "LegsJoined"]
        await calling.wait_state(CallState.ENDED, within=PATIENCE)


async def test_a_queue_without_callbacks_ignores_the_key(desk: Desk, phones: Phones) -> None:
    async with Beating(desk):
        await tell(desk, "HOTLINE_RULES_general", "0:2:never:please-wait:")
        calling, _ = await waiting(desk, phones)
        await wait_heard(calling.media, "welcome", within=PATIENCE)
        calling.media.press("19*")
        await wait_heard(calling.media, "please-wait", within=PATIENCE)
        assert not was_heard(calling.media.heard, "callback-number")
        await calling.hang_up()
        await tell(desk, "HOTLINE_RULES_general", "")


@pytest.mark.parametrize("shown", [CALLER, f"+86{CALLER}", f"0086{CALLER}", f"0{CALLER}"])
async def test_a_blocked_number_is_told_so_in_any_of_its_forms_and_never_reaches_the_queue(
    desk: Desk, phones: Phones, shown: str
) -> None:
    async with Beating(desk):
        await tell(desk, "HOTLINE_BOARD", "m1")
        await tell(desk, f"HOTLINE_BLOCK_{CALLER}", f"m1:{int(time.time()) + 600}")
        calling = await (await phones(shown)).dial("12345")
        refused = await desk.user_event("CallRefused")
        assert refused.get("caller") == shown
        await wait_heard(calling.media, "blocked", within=PATIENCE)
        await calling.wait_state(CallState.ENDED, within=PATIENCE)
        assert not [event for event in desk.events if event.get("userevent") == "CallArrived"]
        await tell(desk, f"HOTLINE_BLOCK_{CALLER}", "")


@pytest.mark.parametrize(("mark", "ahead"), [("m1", -1), ("another", 600)])
async def test_an_expired_or_withdrawn_block_lets_the_caller_in(
    desk: Desk, phones: Phones, mark: str, ahead: int
) -> None:
    async with Beating(desk):
        await tell(desk, "HOTLINE_BOARD", "m1")
        await tell(desk, f"HOTLINE_BLOCK_{CALLER}", f"{mark}:{int(time.time()) + ahead}")
        calling, _ = await waiting(desk, phones)
        await calling.hang_up()
        await tell(desk, f"HOTLINE_BLOCK_{CALLER}", "")


async def test_the_number_dialled_leads_to_its_queue(desk: Desk, phones: Phones) -> None:
    async with Beating(desk):
        await tell(desk, "HOTLINE_BOARD", "m1")
        await tell(desk, "HOTLINE_QUEUE_12315", "m1:consumer")
        calling, arrived = await waiting(desk, phones, "12315")
        assert arrived.get("queue") == "consumer"
        await calling.hang_up()


@pytest.mark.parametrize("number", ["110", "119", "120", "122"])
async def test_an_emergency_number_dialled_directly_goes_to_the_carrier_at_once_even_from_a_blocked_phone(
    desk: Desk, phones: Phones, number: str
) -> None:
    operator = await phones(number)
    await tell(desk, "CARRIER", f"127.0.0.1:{operator.contact.rsplit(':', 1)[1].rstrip('>')}")
    await tell(desk, "HOTLINE_BOARD", "m1")
    await tell(desk, f"HOTLINE_BLOCK_{CALLER}", f"m1:{int(time.time()) + 600}")
    calling = await (await phones(CALLER)).dial(number)
    ringing = await offered(operator, within=5)
    await ringing.answer()
    await calling.wait_state(CallState.ANSWERED)
    ringing.media.play(tone(AGENT_HERTZ, 5))
    await calling.media.wait_tone(AGENT_HERTZ, within=10)
    await calling.hang_up()
    ended = await desk.user_event("LegEnded")
    assert ended.get("mode") == "emergency"
    assert not [event for event in desk.events if event.get("userevent") == "CallArrived"]
    await tell(desk, "CARRIER", "")
    await tell(desk, f"HOTLINE_BLOCK_{CALLER}", "")


async def test_an_emergency_number_without_a_way_out_tells_the_caller_to_dial_himself(
    desk: Desk, phones: Phones
) -> None:
    calling = await (await phones(CALLER)).dial("110")
    await calling.wait_state(CallState.ANSWERED)
    await wait_heard(calling.media, "emergency-failed", within=PATIENCE)
    await calling.wait_state(CallState.ENDED, within=PATIENCE)
