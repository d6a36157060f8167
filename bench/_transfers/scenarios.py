"""The scenarios: each verb, each failure, each hang-up, with every party speaking its tone all the time."""

import asyncio
from collections.abc import Awaitable, Callable

from bench._transfers.stage import Scene
from telephony.transfers.states import TalkEvent, TalkState

_TALK = 0.7
"""Seconds of talk between two changes."""


async def _pause() -> None:
    await asyncio.sleep(_TALK)


async def consult_three_way_complete(scene: Scene) -> None:
    """Consult, three-way, the agent leaves, the hotline hangs up."""
    await scene.act(TalkEvent.CONSULT)
    await scene.answered_by("rsj")
    await scene.hears("agent", "rsj", "answer")
    await _pause()
    await scene.act(TalkEvent.THREE_WAY)
    await scene.hears("caller", "rsj", "three-way")
    await _pause()
    await scene.act(TalkEvent.COMPLETE)
    await _pause()
    await scene.call("rsj").hang_up()
    await scene.reach(TalkState.OVER)


async def consult_swap_complete(scene: Scene) -> None:
    """Consult, swap to the caller and back, complete, the caller hangs up."""
    await scene.act(TalkEvent.CONSULT)
    await scene.answered_by("rsj")
    await _pause()
    await scene.act(TalkEvent.SWAP)
    await scene.hears("agent", "caller", "swap")
    await _pause()
    await scene.act(TalkEvent.SWAP)
    await scene.hears("rsj", "agent", "swap back")
    await _pause()
    await scene.act(TalkEvent.COMPLETE)
    await scene.hears("caller", "rsj", "complete")
    await _pause()
    await scene.call("caller").hang_up()


async def consult_abort(scene: Scene) -> None:
    """Consult, then the agent gives the hotline up."""
    await scene.act(TalkEvent.CONSULT)
    await scene.answered_by("rsj")
    await _pause()
    await scene.act(TalkEvent.ABORT)
    await scene.hears("agent", "caller", "abort")
    await _pause()


async def busy(scene: Scene) -> None:
    """The hotline is busy: the caller is back."""
    await scene.act(TalkEvent.CONSULT)
    ringing = await scene.stage.phones["rsj"].next_call()
    await _pause()
    await ringing.reject(486)
    await scene.hears("agent", "caller", "busy")
    await _pause()


async def no_answer(scene: Scene) -> None:
    """Nobody answers: the caller is back when the time to ring is over."""
    await scene.act(TalkEvent.CONSULT, sounds="-")
    await scene.stage.phones["rsj"].next_call()
    await scene.reach(TalkState.TALKING)
    await scene.hears("agent", "caller", "no answer")
    await _pause()


async def hotline_hangs_up(scene: Scene) -> None:
    """The hotline hangs up while it is consulted: the caller is back."""
    await scene.act(TalkEvent.CONSULT)
    target = await scene.answered_by("rsj")
    await _pause()
    await target.call.hang_up()
    await scene.hears("agent", "caller", "hotline gone")
    await _pause()


async def agent_hangs_up_ringing(scene: Scene) -> None:
    """The agent hangs up while the hotline rings: it gets the caller all the same."""
    await scene.act(TalkEvent.CONSULT)
    ringing = scene.stage.phones["rsj"]
    await _pause()
    await scene.call("agent").hang_up()
    del ringing
    await scene.answered_by("rsj")
    await scene.hears("rsj", "caller", "answer")
    await _pause()


async def agent_hangs_up_consulting(scene: Scene) -> None:
    """The agent hangs up while he consults: caller and hotline are together."""
    await scene.act(TalkEvent.CONSULT)
    await scene.answered_by("rsj")
    await _pause()
    await scene.call("agent").hang_up()
    await scene.hears("rsj", "caller", "agent gone")
    await _pause()


async def caller_hangs_up_in_conference(scene: Scene) -> None:
    """The caller leaves a three-way talk: agent and hotline go on, recorded."""
    await scene.act(TalkEvent.CONSULT)
    await scene.answered_by("rsj")
    await scene.act(TalkEvent.THREE_WAY)
    await _pause()
    await scene.call("caller").hang_up()
    await scene.reach(TalkState.CALLER_GONE)
    await _pause()


async def blind(scene: Scene) -> None:
    """Blind transfer, told to the caller by voice; the agent is freed by the answer."""
    sounds = f"/srv/{scene.stage.settings.instance}/sounds/zh/transfer-12333"
    await scene.act(TalkEvent.BLIND, sounds=sounds)
    await scene.answered_by("rsj")
    await scene.reach(TalkState.HANDED_OVER)
    await scene.call("rsj").media.wait_tone(1900, within=8.0, window=0.1)
    await _pause()


async def emergency(scene: Scene) -> None:
    """One key: the emergency line joins, the agent stays, then leaves."""
    await scene.act(TalkEvent.INVITE, trunk="fire")
    await scene.answered_by("fire", 1300)
    await scene.hears("caller", "fire", "answer")
    await _pause()
    await scene.act(TalkEvent.COMPLETE)
    await _pause()


async def two_hotlines_then_an_agent(scene: Scene) -> None:
    """One hotline in vain, the next three-way, then on to another agent."""
    await scene.act(TalkEvent.CONSULT)
    first = await scene.answered_by("rsj")
    await _pause()
    await first.call.hang_up()
    await scene.reach(TalkState.TALKING)
    await scene.act(TalkEvent.CONSULT, trunk="fire")
    await scene.answered_by("fire", 1300)
    await scene.act(TalkEvent.THREE_WAY)
    await _pause()
    await scene.act(TalkEvent.ABORT)
    await scene.act(TalkEvent.CONSULT, trunk="", number="8002")
    await scene.answered_by("8002", 1600)
    await _pause()
    await scene.act(TalkEvent.COMPLETE)
    await scene.hears("caller", "8002", "complete")
    await _pause()


SCENARIOS: dict[str, Callable[[Scene], Awaitable[None]]] = {
    one.__name__: one
    for one in (
        consult_three_way_complete, consult_swap_complete, consult_abort, busy, no_answer, hotline_hangs_up,
        agent_hangs_up_ringing, agent_hangs_up_consulting, caller_hangs_up_in_conference, blind, emergency,
        two_hotlines_then_an_agent,
    )
}  # fmt: skip
