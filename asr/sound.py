"""Sound files and channels: everything becomes 16 kHz s16le mono; the telephone can be imitated for measuring."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from asr.recogniser import SAMPLE_RATE
from core.errors import InvalidInput

_LOWEST_RATE, _HIGHEST_RATE = 4000, 192_000
"""Samples a second of files that are taken; a header that says otherwise is damaged."""
Samples = npt.NDArray[np.float32]
_TELEPHONE_RATE = 8000
_LOW_HZ, _HIGH_HZ = 300.0, 3400.0
_ORDER = 5
"""Order of the imitated filters."""
_A = 87.6
"""Compression parameter of G.711 A-law (ITU-T G.711 table 1)."""


def read(path: Path, channel: int | None = 0) -> Samples:
    """Read one channel of a sound file, of any rate, as 16 kHz floats in -1 to 1; None: all channels mixed.

    Raises:
        InvalidInput: not a sound file, or it has no such channel.
    """
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise InvalidInput("audio", f"无法读取音频文件 {path.name}", code="audio_unreadable") from error
    if channel is not None and channel >= samples.shape[1]:
        raise InvalidInput("channel", f"音频文件 {path.name} 没有第 {channel + 1} 声道")
    one = np.ascontiguousarray(samples.mean(axis=1) if channel is None else samples[:, channel])
    # files of floats may hold what is no number
    one = np.nan_to_num(one, posinf=0.0, neginf=0.0)
    return one if rate == SAMPLE_RATE else _resampled(one, rate, SAMPLE_RATE)


def stream(path: Path, channel: int = 0) -> Iterator[bytes]:
    """Read one channel of a sound file piece by piece, as 16 kHz s16le: a recording of hours takes no more memory.

    Yields:
        Pieces of about a second.

    Raises:
        InvalidInput: not a sound file, it has no such channel, or it is damaged.
    """
    try:
        with soundfile.SoundFile(path) as file:
            if channel >= file.channels:
                raise InvalidInput("channel", f"音频文件 {path.name} 没有第 {channel + 1} 声道")
            if not _LOWEST_RATE <= file.samplerate <= _HIGHEST_RATE:
                raise InvalidInput("audio", f"音频文件 {path.name} 的采样率 {file.samplerate} Hz 不可用")
            narrow = soxr.ResampleStream(file.samplerate, SAMPLE_RATE, 1, dtype="float32")
            for block in file.blocks(blocksize=file.samplerate, dtype="float32", always_2d=True):
                yield pcm(narrow.resample_chunk(np.ascontiguousarray(block[:, channel])))
            yield pcm(narrow.resample_chunk(np.zeros(0, np.float32), last=True))
    except (soundfile.LibsndfileError, OSError, ValueError) as error:
        raise InvalidInput("audio", f"无法读取音频文件 {path.name}", code="audio_unreadable") from error


def pcm(samples: Samples) -> bytes:
    """Return floats as s16le."""
    return (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()


def telephone(samples: Samples) -> Samples:
    """Send 16 kHz sound through an imitated telephone: 8 kHz, 300 to 3400 Hz, G.711 A-law there and back."""
    if not len(samples):
        return samples
    narrow = _band(_resampled(samples, SAMPLE_RATE, _TELEPHONE_RATE))
    return _resampled(_alaw_round_trip(narrow), _TELEPHONE_RATE, SAMPLE_RATE)


def _resampled(samples: Samples, rate: int, wanted: int) -> Samples:
    return np.asarray(soxr.resample(samples, rate, wanted), dtype=np.float32)


def _band(samples: Samples) -> Samples:
    spectrum = np.fft.rfft(samples)
    frequencies = np.fft.rfftfreq(len(samples), 1 / _TELEPHONE_RATE)
    # Butterworth magnitudes, as a line card's filters have: steep, but no brick wall
    above = (_LOW_HZ / np.maximum(frequencies, 1.0)) ** (2 * _ORDER)
    below = (frequencies / _HIGH_HZ) ** (2 * _ORDER)
    spectrum /= np.sqrt((1 + above) * (1 + below))
    return np.asarray(np.fft.irfft(spectrum, len(samples)), dtype=np.float32)


def _alaw_round_trip(samples: Samples) -> Samples:
    size = np.abs(np.clip(samples, -1.0, 1.0))
    denominator = 1 + np.log(_A)
    curved = np.where(size < 1 / _A, _A * size / denominator, (1 + np.log(np.maximum(_A * size, 1))) / denominator)
    stepped = np.round(curved * 127) / 127
    linear = stepped * denominator
    back = np.where(linear < 1, linear / _A, np.exp(linear - 1) / _A)
    return np.asarray(np.sign(samples) * back, dtype=np.float32)
