"""What is not speech: keys, tones, ringback and hold music say nothing, and speech among them is found."""

from pathlib import Path

import numpy as np
import pytest

from asr import sound
from asr.cer import error_rate
from asr.recogniser import BYTES_PER_MS, SAMPLE_RATE, Heard, Recogniser
from core.settings import AsteriskSettings
from tests.asr.voices import MATTERS

ROOT = Path(__file__).parents[2]
RINGBACK = ROOT / "asterisk" / "sounds" / "ringback.wav"
MUSIC = sorted((AsteriskSettings().rootfs / "usr" / "share" / "asterisk" / "moh").glob("*.wav"))
_LOW, _HIGH = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
"""Frequencies of the keys' rows and columns (ITU-T Q.23)."""
TONES = [350, 400, 425, 440, 450, 480, 620, 950, 1000, 1400, 1800, 2100]
"""Hertz: dial, ringing, busy and information tones of several countries, music tests, fax."""

pytestmark = pytest.mark.speech


def wave(hertz: float, seconds: float, level: float = 0.3) -> sound.Samples:
    moments = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (level * np.sin(2 * np.pi * hertz * moments)).astype(np.float32)


def pause(seconds: float) -> sound.Samples:
    return np.zeros(int(seconds * SAMPLE_RATE), np.float32)


def keys(seconds: float = 0.12) -> sound.Samples:
    """All sixteen keys, 60 ms apart."""
    return np.concatenate(
        [
            part
            for low in _LOW
            for high in _HIGH
            for part in (wave(low, seconds) + wave(high, seconds), pause(0.06))
        ]
    )  # fmt: skip


def finals(recogniser: Recogniser, samples: sound.Samples) -> list[Heard]:
    stream, pcm = recogniser.open_stream(), sound.pcm(samples)
    step = 100 * BYTES_PER_MS
    heard = [one for start in range(0, len(pcm), step) for one in stream.accept(pcm[start : start + step])]
    return [one for one in [*heard, *stream.finish()] if one.final]


def words(heard: list[Heard]) -> str:
    return "".join(one.text for one in heard)


def loudness(samples: sound.Samples) -> float:
    return float(np.sqrt((samples**2).mean()))


@pytest.mark.parametrize("seconds", [0.05, 0.12, 0.4])
def test_pressed_keys_say_nothing(recogniser: Recogniser, seconds: float) -> None:
    assert words(finals(recogniser, sound.telephone(np.tile(keys(seconds), 3)))) == ""


@pytest.mark.parametrize("hertz", TONES)
def test_tones_of_the_network_say_nothing(recogniser: Recogniser, hertz: float) -> None:
    cadence = np.concatenate([np.tile([*wave(hertz, 0.35), *pause(0.35)], 6), wave(hertz, 4.0), pause(1.0)])
    assert words(finals(recogniser, sound.telephone(cadence.astype(np.float32)))) == ""


def test_ringback_says_nothing(recogniser: Recogniser) -> None:
    assert words(finals(recogniser, np.tile(sound.read(RINGBACK), 6))) == ""


@pytest.mark.skipif(not MUSIC, reason="no Asterisk root file system (make setup)")
@pytest.mark.parametrize("file", MUSIC, ids=lambda file: file.stem)
def test_hold_music_says_nothing(recogniser: Recogniser, file: Path) -> None:
    music = sound.telephone(sound.read(file)[: 90 * SAMPLE_RATE])
    assert words(finals(recogniser, music)) == ""


@pytest.mark.skipif(not MUSIC, reason="no Asterisk root file system (make setup)")
def test_speech_over_quiet_music_is_understood(recogniser: Recogniser) -> None:
    music = sound.read(MUSIC[0])
    pairs = []
    for matter in MATTERS[:8]:
        speech = sound.read(matter.sound("caller"))
        behind = music[10 * SAMPLE_RATE : 10 * SAMPLE_RATE + len(speech)]
        # 20 dB below: a radio in the caller's room
        mixed = speech + behind * np.float32(0.1 * loudness(speech) / loudness(behind))
        pairs.append((matter.says["caller"], words(finals(recogniser, sound.telephone(mixed)))))
    assert error_rate(pairs).percent < 25


def test_words_between_pressed_keys_are_heard_in_their_place(recogniser: Recogniser) -> None:
    matter = MATTERS[0]
    speech, before = sound.read(matter.sound("caller")), np.concatenate([keys(), pause(1.0)])
    heard = finals(recogniser, sound.telephone(np.concatenate([before, speech, pause(1.0), keys(), pause(1.0)])))
    assert error_rate([(matter.says["caller"], words(heard))]).percent < 25
    began_ms, over_ms = len(before) * 1000 / SAMPLE_RATE, (len(before) + len(speech)) * 1000 / SAMPLE_RATE
    assert began_ms - 500 <= heard[0].start_ms <= began_ms + 1000
    assert over_ms - 1500 <= heard[-1].end_ms <= over_ms + 500
