"""Was an announcement heard? What came over the wire is laid over the shipped sound (normalised cross-correlation)."""

import asyncio
import time

import numpy as np

from asterisk.sounds.prompts import prompts, read
from telephony.phones.g711 import Pcm
from telephony.phones.rtp import RtpStream
from telephony.phones.sound import RATE

_CHUNK = RATE
"""One second: a packet lost on a busy machine spoils the second it lies in, not the announcement."""
_SAME = 0.8


def likeness(heard: Pcm, name: str) -> float:
    """Share of the announcement's seconds that occur in what was heard, 0 to 1."""
    sound = _sound(name)
    chunks = [sound[at : at + _CHUNK] for at in range(0, len(sound), _CHUNK)]
    whole = [chunk for chunk in chunks if len(chunk) > RATE // 4]
    return sum(_peak(heard, chunk) > _SAME for chunk in whole) / len(whole)


def was_heard(heard: Pcm, name: str) -> bool:
    """Tell whether most of the announcement was heard."""
    return likeness(heard, name) > 0.6


def best_of(heard: Pcm, names: list[str]) -> str:
    """Return which of several similar announcements was heard: the one that fits as a whole."""
    return max(names, key=lambda name: _peak(heard, _sound(name)))


async def wait_heard(media: RtpStream, name: str, *, within: float = 20.0, since: int = 0) -> None:
    """Return once the announcement was heard, from sample `since` on; fail after `within` seconds."""
    until = time.monotonic() + within
    while not await asyncio.to_thread(was_heard, media.heard[since:], name):
        assert time.monotonic() < until, f"{name} was not heard: {likeness(media.heard[since:], name):.2f}"
        await asyncio.sleep(0.3)


def _sound(name: str) -> np.ndarray:
    (prompt,) = [one for one in prompts() if one.name == name]
    return read(prompt.path).astype(np.float64)


def _peak(heard: Pcm, sound: np.ndarray) -> float:
    """Highest normalised correlation over all positions."""
    if len(heard) < len(sound):
        return 0.0
    signal = heard.astype(np.float64) / 32768
    size = 1 << (len(signal) + len(sound) - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(signal, size) * np.conj(np.fft.rfft(sound, size)), size)
    sums = np.concatenate(([0.0], np.cumsum(signal**2)))
    energy = sums[len(sound) :] - sums[: -len(sound)]
    return float(np.max(product[: len(energy)] / np.sqrt(np.maximum(energy, 1e-6) * float(sound @ sound))))
