"""Three hours of a line on which nobody speaks, played through the real detector and engine as fast as they can."""

import asyncio
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import numpy as np
import psutil
import pytest

from asr import sound
from asr.cer import error_rate
from asr.events import UtteranceHeard
from asr.live import LiveTranscriber, TappedLeg
from asr.recogniser import Recogniser
from core.ids import new_id
from tests.asr.voices import MATTERS

BEGAN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOURS = 3
LINE_NOISE = 0.0004
"""Of a quiet line: -68 dB of full scale."""

pytestmark = [pytest.mark.speech, pytest.mark.timeout(600)]


class Line:
    """Seconds of a quiet line, then words."""

    def __init__(self, words: bytes, live: LiveTranscriber) -> None:
        noise = np.random.default_rng(7).standard_normal(16_000).astype(np.float32) * np.float32(LINE_NOISE)
        self._second, self._words = sound.pcm(noise), words
        self.live = live
        self.memory_mb: list[float] = []

    async def pieces(self) -> AsyncIterator[bytes]:
        for second in range(HOURS * 3600):
            if second % 1800 == 0:
                self.memory_mb.append(psutil.Process().memory_info().rss / 1e6)
            yield self._second
            await asyncio.sleep(0)
            while self.live.is_behind:  # noqa: ASYNC110 - not faster than it is listened to, or it would pile up
                await asyncio.sleep(0.001)
        yield self._words
        yield self._second
        yield self._second


async def test_after_three_hours_of_silence_the_first_word_is_heard_at_its_time(recogniser: Recogniser) -> None:
    matter = MATTERS[5]
    begun = time.process_time()
    with ThreadPoolExecutor(1) as pool:
        live = LiveTranscriber(recogniser, pool)
        line = Line(sound.pcm(sound.read(matter.sound("caller"))), live)
        leg = TappedLeg(new_id(), new_id(), "caller", BEGAN)
        heard = [one async for one in live.run(leg, line.pieces()) if isinstance(one, UtteranceHeard)]
    print(f"processor seconds an hour of silence: {(time.process_time() - begun) / HOURS:.1f}")
    assert error_rate([(matter.says["caller"], "".join(one.text.reveal() for one in heard))]).percent < 25
    assert abs(heard[0].started_at - BEGAN - timedelta(hours=HOURS)) < timedelta(seconds=1)
    print("MB every half hour:", [round(one) for one in line.memory_mb])
    # three hours of sound are 345 MB
    assert line.memory_mb[-1] - line.memory_mb[0] < 60
