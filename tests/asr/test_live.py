"""Live transcription: real recogniser and real sound; a scripted engine only where overload must be caused."""

import asyncio
import threading
import tomllib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from asr import sound
from asr.cer import error_rate
from asr.events import PartialHeard, UtteranceHeard
from asr.live import LiveTranscriber, TappedLeg
from asr.recogniser import BYTES_PER_MS, Heard, Recogniser
from asr.recording import transcribe_file
from core.errors import InvalidInput
from core.ids import new_id

AUDIO = Path(__file__).parents[2] / "hotline" / "demo_audio"
SCRIPT = tomllib.loads((AUDIO / "script.toml").read_text("utf-8"))
BEGAN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def leg() -> TappedLeg:
    return TappedLeg(new_id(), new_id(), "caller", BEGAN)


async def pieces(pcm: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(pcm), size):
        yield pcm[start : start + size]
        await asyncio.sleep(0)


def silence(milliseconds: int) -> bytes:
    return bytes(milliseconds * BYTES_PER_MS)


def finals(recogniser: Recogniser, pcm: bytes, size: int) -> list[Heard]:
    stream = recogniser.open_stream()
    heard = [one for start in range(0, len(pcm), size) for one in stream.accept(pcm[start : start + size])]
    return [one for one in [*heard, *stream.finish()] if one.final]


def of(name: str) -> bytes:
    return sound.pcm(sound.read(AUDIO / name))


@pytest.mark.speech
def test_the_demo_dialogue_is_understood(recogniser: Recogniser) -> None:
    spoken = [(one["text"], one["file"]) for one in SCRIPT["utterances"]]
    pairs = [(text, "".join(h.text for h in finals(recogniser, of(file), 3200))) for text, file in spoken]
    assert error_rate(pairs).percent < 25


@pytest.mark.speech
def test_how_the_sound_is_cut_does_not_matter(recogniser: Recogniser) -> None:
    pcm = silence(700) + of("caller-3.wav") + silence(1200)
    whole = finals(recogniser, pcm, len(pcm))
    for size in (642, 3200, 32_000):
        assert finals(recogniser, pcm, size) == whole


@pytest.mark.speech
async def test_a_leg_gives_utterances_with_speaker_and_instants(recogniser: Recogniser) -> None:
    pcm = silence(2000) + of("caller-3.wav") + silence(1500) + of("caller-4.wav") + silence(1000)
    with ThreadPoolExecutor(1) as pool:
        live = LiveTranscriber(recogniser, pool)
        tapped = leg()
        events = [event async for event in live.run(tapped, pieces(pcm, 641))]
    heard = [event for event in events if isinstance(event, UtteranceHeard)]
    assert len(heard) >= 2
    assert {(one.call_id, one.leg_id, one.speaker) for one in heard} == {(tapped.call_id, tapped.leg_id, "caller")}
    assert timedelta(seconds=1.5) <= heard[0].started_at - BEGAN <= timedelta(seconds=2.5)
    assert all(one.started_at < one.ended_at for one in heard)
    assert [one.started_at for one in heard] == sorted(one.started_at for one in heard)
    assert live.counters.finals == len(heard)
    assert live.counters.legs == 0
    if recogniser.engine != "whisper":
        assert any(isinstance(event, PartialHeard) for event in events)


@pytest.mark.speech
def test_silence_and_a_tone_say_nothing(recogniser: Recogniser) -> None:
    assert finals(recogniser, silence(30_000), 3200) == []
    tone = (0.3 * np.sin(2 * np.pi * 425 * np.arange(16_000 * 3) / 16_000)).astype(np.float32)
    assert "".join(one.text for one in finals(recogniser, sound.pcm(tone), 3200)) == ""


@pytest.mark.speech
def test_a_recording_gives_the_same_as_the_live_stream(recogniser: Recogniser, tmp_path: Path) -> None:
    import soundfile

    left, _ = soundfile.read(AUDIO / "caller-4.wav", dtype="int16")
    stereo = np.stack([left, np.zeros_like(left)], axis=1)
    soundfile.write(tmp_path / "call.wav", stereo, 8000, subtype="PCM_16")
    assert [one.text for one in transcribe_file(recogniser, tmp_path / "call.wav", 0)] == [
        one.text for one in finals(recogniser, of("caller-4.wav"), 3200)
    ]
    assert transcribe_file(recogniser, tmp_path / "call.wav", 1) == []
    with pytest.raises(InvalidInput):
        transcribe_file(recogniser, tmp_path / "call.wav", 2)


def test_a_file_that_is_no_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"not a wav")
    with pytest.raises(InvalidInput) as caught:
        sound.read(tmp_path / "x.wav")
    assert caught.value.code == "audio_unreadable"


DAMAGED = {
    "nothing": lambda whole: b"",
    "half a header": lambda whole: whole[:20],
    "no sound": lambda whole: whole[:44],
    "noise": lambda whole: bytes(range(256)) * 100,
    "unknown codec": lambda whole: whole[:20] + b"\x61\x01" + whole[22:],
    "no channel": lambda whole: whole[:22] + b"\0\0" + whole[24:],
    "no rate": lambda whole: whole[:24] + bytes(4) + whole[28:],
    "absurd rate": lambda whole: whole[:24] + b"\xff\xff\xff\x7f" + whole[28:],
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_recording_is_refused_or_empty_and_never_a_fault(tmp_path: Path, damage: str) -> None:
    (tmp_path / "x.wav").write_bytes(DAMAGED[damage]((AUDIO / "caller-3.wav").read_bytes()))
    with suppress(InvalidInput):
        assert b"".join(sound.stream(tmp_path / "x.wav")) == b""


def test_a_recording_that_was_cut_is_heard_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = (AUDIO / "caller-3.wav").read_bytes()
    (tmp_path / "x.wav").write_bytes(whole[: len(whole) // 2])
    heard = b"".join(sound.stream(tmp_path / "x.wav"))
    assert heard[:16_000] == of("caller-3.wav")[:16_000]
    assert len(heard) == pytest.approx(len(of("caller-3.wav")) / 2, rel=0.02)


class _Stalled:
    """An engine that stands still at its first sound until it is let go: overload cannot be timed with a real one."""

    engine = "stalled"
    model = "stalled"

    def __init__(self) -> None:
        self.go = threading.Event()
        self.entered = threading.Event()
        self.taken = 0

    def open_stream(self) -> "_Stalled":
        return self

    def accept(self, pcm: bytes) -> list[Heard]:
        self.entered.set()
        self.go.wait(30)
        self.taken += len(pcm)
        now = self.taken // BYTES_PER_MS
        return [Heard("部分", False, 0, now, 0.0), Heard("完整", True, 0, now, 0.9)]

    def finish(self) -> list[Heard]:
        return [Heard("最后", True, 0, self.taken // BYTES_PER_MS, 0.9)]


async def test_overload_drops_partials_and_no_final() -> None:
    engine = _Stalled()
    seconds = 10

    async def sound_of_a_call() -> AsyncIterator[bytes]:
        yield silence(1000)
        await asyncio.to_thread(engine.entered.wait, 10)
        for _ in range(seconds - 1):
            yield silence(1000)
        engine.go.set()

    with ThreadPoolExecutor(1) as pool:
        live = LiveTranscriber(engine, pool)
        events = [event async for event in live.run(leg(), sound_of_a_call())]
    assert engine.taken == seconds * 1000 * BYTES_PER_MS
    assert sum(isinstance(event, UtteranceHeard) for event in events) == seconds + 1
    assert live.counters.partials_dropped > 0
    assert live.counters.partials + live.counters.partials_dropped == seconds
    assert live.counters.most_behind_ms >= 8000


async def test_a_tap_that_breaks_still_gives_what_was_heard() -> None:
    engine = _Stalled()
    engine.go.set()

    async def broken() -> AsyncIterator[bytes]:
        yield silence(100)
        raise ConnectionResetError

    heard: list[PartialHeard | UtteranceHeard] = []

    async def listen() -> None:
        with ThreadPoolExecutor(1) as pool:
            async for event in LiveTranscriber(engine, pool).run(leg(), broken()):
                heard.append(event)  # noqa: PERF401 - the loop raises at its end

    with pytest.raises(ConnectionResetError):
        await listen()
    assert [event.text.reveal() for event in heard] == ["部分", "完整", "最后"]
