"""Every scenario of transfers on a real Asterisk: how much of the talk is in the recordings, and where it has gaps.

    uv run python -m bench.transfers [SCENARIO…]

Caller, agent and merged hotlines are phones of their own that speak a tone of their own from answer to hang-up; the
hotlines are SIP peers behind trunks of their own. Each leg's file must hold its tone from the instant it joined
the talk until it left. `recorded` is the share of that time in which the tone is there (in steps of 20 ms), `gap`
the longest stretch without it, `heard` how long after a change the other party was heard.
"""

import argparse
import asyncio
import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from bench._transfers.scenarios import SCENARIOS
from bench._transfers.stage import Scene, Speaker, open_stage
from core.personal import PersonalKeys, install_keys
from telephony.events import LegRecorded
from telephony.phones.sound import RATE, read_wav, share_of_tone

_STEP = RATE // 50
_EDGE_SECONDS = 0.1
"""Begin and end of a leg that are not counted: a phone's first packets come after its answer is seen, its last ones
before its BYE is."""
_THERE = 0.3
_NICER = -10


@dataclass(frozen=True)
class LegResult:
    """What the recording of one leg holds."""

    who: str
    seconds: float
    share: float
    gap_ms: float


def examine(speaker: Speaker, leg: LegRecorded) -> LegResult:
    """Compare a leg's file with the time it talked."""
    assert leg.joined_at is not None
    samples = read_wav(leg.path)
    begin = int(((leg.joined_at - leg.started_at).total_seconds() + _EDGE_SECONDS) * RATE)
    end = int(((leg.ended_at - leg.started_at).total_seconds() - _EDGE_SECONDS) * RATE)
    talked = np.zeros(max(end - begin, _STEP), np.int16)
    held = samples[begin:end]
    talked[: len(held)] = held
    steps = [talked[at : at + _STEP] for at in range(0, len(talked) - _STEP + 1, _STEP)]
    there = [share_of_tone(step, speaker.hertz) >= _THERE for step in steps]
    longest = run = 0
    for one in there:
        run = 0 if one else run + 1
        longest = max(longest, run)
    return LegResult(speaker.who, len(talked) / RATE, sum(there) / len(there), longest * 20.0)


async def play(names: list[str]) -> dict[str, tuple[list[LegResult], Scene]]:
    """Play the scenarios one after another."""
    results = {}
    async with open_stage() as stage:
        for name in names:
            scene = await stage.begin()
            try:
                await SCENARIOS[name](scene)
            except (TimeoutError, AssertionError) as error:
                print(f"{name}: {type(error).__name__} {error} in state {scene.state}", flush=True)
                await scene.end()
                raise
            legs = {leg.leg_id: leg for leg in await scene.end()}
            found = [examine(speaker, legs[speaker.leg_id]) for speaker in scene.speakers]
            results[name] = (found, scene)
            show(name, found, scene)
    return results


def show(name: str, legs: list[LegResult], scene: Scene) -> None:
    """Print the lines of one scenario."""
    for leg in legs:
        print(f"{name:<32}{leg.who:<8}{leg.seconds:>8.2f}{leg.share:>10.4f}{leg.gap_ms:>9.0f}", flush=True)
    heard = ", ".join(f"{change} {ms:.0f}" for change, ms in scene.heard_after_ms.items())
    if heard:
        print(f"{'':<32}heard after ms: {heard}", flush=True)


def main() -> int:
    """Measure; the last line is a JSON object."""
    parser = argparse.ArgumentParser(description="Transfers: recordings and gaps")
    parser.add_argument("scenario", nargs="*", choices=[*SCENARIOS, []], help="default: all")
    wanted = parser.parse_args().scenario or list(SCENARIOS)
    with suppress(PermissionError):
        os.nice(_NICER)  # the phones are programs too: one that sends late makes a gap that is not the switch's
    install_keys(PersonalKeys(b"a key for one measurement......."))
    print(f"{'scenario':<32}{'leg':<8}{'talk s':>8}{'recorded':>10}{'gap ms':>9}", flush=True)
    results = asyncio.run(play(wanted))
    legs = [leg for found, _ in results.values() for leg in found]
    heard = [ms for _, scene in results.values() for ms in scene.heard_after_ms.values()]
    figures = {
        "recorded_share": round(min(leg.share for leg in legs), 4),
        "max_gap_ms": max(leg.gap_ms for leg in legs),
        "max_heard_after_ms": round(max(heard, default=0.0)),
        "scenarios": len(results),
        "legs": len(legs),
    }
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
