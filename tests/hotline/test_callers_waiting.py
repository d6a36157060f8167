"""The waiting caller of the whole product: what he hears, callbacks that keep his place, who is refused."""

import asyncio
from typing import Any

import pytest

from telephony.phones.sip_call import CallState, SipCall
from telephony.phones.sound import tone
from tests.asterisk.hearing import wait_heard, was_heard
from tests.hotline.desk import Caller, Desk
from tests.hotline.system import AGENT_TONE, CALLER_TONE, until

pytestmark = pytest.mark.calls

PATIENCE = 40.0


async def callbacks(desk: Desk, number: str, *, only_open: bool = True) -> list[dict[str, Any]]:
    """Return the callbacks of a number as the API shows them (masked)."""
    page = await desk.leader.get("/callers/callbacks", only_open=only_open, limit=200)
    masked = f"{number[:3]}****{number[-4:]}"
    return [one for one in page["items"] if one["number"] == masked]


async def wait_callback(desk: Desk, number: str, *, state: str) -> dict[str, Any]:
    async def reached() -> dict[str, Any] | None:
        found = await callbacks(desk, number, only_open=False)
        return found[0] if found and found[0]["state"] == state else None

    return await until(reached, f"callback {state}", within=PATIENCE)


async def route_to(desk: Desk, caller: Caller) -> None:
    """Make the caller's own phone the carrier's gateway: what is dialled out rings there."""
    port = caller.phone.contact.rsplit(":", 1)[1].rstrip(">")
    await desk.system.switch.cli(f"dialplan set global CARRIER 127.0.0.1:{port}")


async def on_the_board(desk: Desk, entry: str, *, present: bool = True) -> None:
    """Wait until the switch's global variables hold an entry, or no longer do."""

    async def as_wanted() -> bool:
        return (entry in await desk.system.switch.cli("dialplan show globals")) is present

    await until(as_wanted, f"the switch to be told of {entry}", within=PATIENCE)


async def ask_for_callback(caller: Caller) -> None:
    """Press what a caller presses to be called back, and hear the confirmation."""
    media = caller.call.media
    await wait_heard(media, "welcome", within=PATIENCE)
    media.press("1")
    await wait_heard(media, "callback-confirm", within=PATIENCE)
    media.press("1")
    await wait_heard(media, "callback-done", within=PATIENCE)
    await caller.call.wait_state(CallState.ENDED, within=PATIENCE)


async def answer_callback(desk: Desk, caller: Caller, agent: SipCall) -> SipCall:
    """Answer at the agent's phone, then at the citizen's, and let both hear each other; return the citizen's call."""
    await agent.answer()
    called = await caller.phone.next_call(within=PATIENCE)
    await called.answer()
    agent.media.play(tone(AGENT_TONE, 60))
    called.media.play(tone(CALLER_TONE, 60))
    await called.media.wait_tone(AGENT_TONE, within=PATIENCE, window=0.8)
    await agent.media.wait_tone(CALLER_TONE, within=PATIENCE, window=0.8)
    return called


async def test_a_waiting_caller_hears_that_he_is_next(desk: Desk) -> None:
    caller = await desk.dial()
    await wait_heard(caller.call.media, "welcome", within=PATIENCE)
    await wait_heard(caller.call.media, "next-in-line", within=PATIENCE)
    await caller.call.hang_up()


async def test_a_callback_keeps_the_place_is_joined_recorded_and_ticketed_like_a_call(desk: Desk) -> None:
    first = await desk.dial()
    await route_to(desk, first)
    await ask_for_callback(first)
    (task,) = await callbacks(desk, first.number)
    assert (task["kind"], task["state"]) == ("asked", "waiting")
    second = await desk.dial()
    await desk.wait_call(second, "waiting")
    await desk.ready("8001")
    # the callback came first: the second caller waits on
    offered = await desk.ringing("8001")
    called = await answer_callback(desk, first, offered)
    assert was_heard(called.media.heard, "callback-hello")
    assert second.call.state is CallState.ANSWERED
    done = await wait_callback(desk, first.number, state="reached")
    attempt = next(one for one in done["calls"] if one["part"] == "attempt")
    assert (attempt["endpoint"], attempt["outcome"]) == ("8001", "reached")
    await called.hang_up()
    await offered.wait_state(CallState.ENDED, within=PATIENCE)
    await desk.recording(attempt["call_id"], within=PATIENCE)

    async def drafted() -> bool:
        return len(await desk.tickets_of(attempt["call_id"])) == 1

    await until(drafted, "a draft ticket of the call back", within=PATIENCE)
    talk = await desk.answer(second, "8001", within=PATIENCE)
    await talk.agent.hang_up()


async def test_a_callback_asked_for_outlives_a_kill_of_all_python(desk: Desk) -> None:
    caller = await desk.dial()
    await route_to(desk, caller)
    await ask_for_callback(caller)
    await wait_callback(desk, caller.number, state="waiting")
    desk.system.kill_python()
    await asyncio.to_thread(desk.system.start)
    await desk.system.wait_ready(within=120.0)
    await desk.ready("8001")
    offered = await desk.ringing("8001", within=PATIENCE)
    called = await answer_callback(desk, caller, offered)
    await called.hang_up()
    await wait_callback(desk, caller.number, state="reached")


async def test_a_citizen_who_does_not_answer_is_tried_again_later_by_rule(desk: Desk) -> None:
    caller = await desk.dial()
    await route_to(desk, caller)
    await ask_for_callback(caller)
    await desk.ready("8001")
    offered = await desk.ringing("8001", within=PATIENCE)
    await offered.answer()
    called = await caller.phone.next_call(within=PATIENCE)
    await called.reject(486)
    await offered.wait_state(CallState.ENDED, within=PATIENCE)
    (task,) = await until(lambda: _tried(desk, caller.number), "the attempt on record", within=PATIENCE)
    assert task["state"] == "waiting"
    assert task["not_before"] > task["created_at"]
    await desk.wait_state("8001", "ready", within=PATIENCE)
    await desk.no_ring("8001", seconds=3)
    # he rings again himself: what was owed is done
    again = await caller.phone.dial("12345")
    ringing = await desk.ringing("8001", within=PATIENCE)
    await ringing.answer()
    await again.wait_state(CallState.ANSWERED)
    await wait_callback(desk, caller.number, state="rang_again")
    await again.hang_up()


async def _tried(desk: Desk, number: str) -> list[dict[str, Any]]:
    return [one for one in await callbacks(desk, number) if one["attempts"] == 1]


async def test_a_caller_who_gave_up_is_owed_one_callback_however_often_he_called(desk: Desk) -> None:
    caller = await desk.dial()
    for again in (False, True):
        call = await caller.phone.dial("12345") if again else caller.call
        await wait_heard(call.media, "welcome", within=PATIENCE)
        await call.hang_up()
    missed = await until(lambda: _missed_twice(desk, caller.number), "both missed calls", within=PATIENCE)
    assert (missed["kind"], missed["queue"], missed["state"]) == ("missed", "callbacks", "waiting")
    assert missed["not_before"] > missed["created_at"]


async def _missed_twice(desk: Desk, number: str) -> dict[str, Any] | None:
    found = await callbacks(desk, number)
    return found[0] if found and len(found[0]["calls"]) == 2 else None


async def test_a_blocked_number_is_refused_and_let_in_again_without_a_restart(desk: Desk) -> None:
    caller = await desk.dial()
    await caller.call.hang_up()
    hotline = desk.system.stage.hotline
    await asyncio.to_thread(hotline, "callers", "block", caller.number, "--reason", "多次骚扰", "--days", "1")
    await on_the_board(desk, f"HOTLINE_BLOCK_{caller.number}")
    refused = await caller.phone.dial("12345")
    await refused.wait_state(CallState.ANSWERED)
    await wait_heard(refused.media, "blocked", within=PATIENCE)
    await refused.wait_state(CallState.ENDED, within=PATIENCE)
    listed = await asyncio.to_thread(hotline, "callers", "list")
    assert "多次骚扰" in listed
    assert caller.number not in listed
    await asyncio.to_thread(hotline, "callers", "unblock", caller.number, "--reason", "核实后误判")
    await on_the_board(desk, f"HOTLINE_BLOCK_{caller.number}={chr(10)}")
    again = await caller.phone.dial("12345")
    await wait_heard(again.media, "welcome", within=PATIENCE)
    await again.hang_up()


async def test_a_surge_is_announced_from_one_moment_to_the_next(desk: Desk) -> None:
    hotline = desk.system.stage.hotline
    await asyncio.to_thread(hotline, "plan", "surge", "typhoon")
    try:
        await on_the_board(desk, ":surge-typhoon")
        caller = await desk.dial()
        await wait_heard(caller.call.media, "surge-typhoon", within=PATIENCE)
        await caller.call.hang_up()
    finally:
        await asyncio.to_thread(hotline, "plan", "surge", "")
    await on_the_board(desk, ":surge-typhoon", present=False)
    after = await desk.dial()
    await wait_heard(after.call.media, "next-in-line", within=PATIENCE)
    assert not was_heard(after.call.media.heard, "surge-typhoon")
    await after.call.hang_up()
