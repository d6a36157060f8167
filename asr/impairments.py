"""What lines do to speech, imitated for measuring: noise, a wrong level, an overdriven microphone."""

from dataclasses import dataclass

import numpy as np

from asr.sound import Samples

_SEED = 12345
"""The same noise in every run, so that figures can be compared."""


@dataclass(frozen=True, slots=True)
class Impairments:
    """What is done to each sound, in this order: overdriven, then noise, then the level. None: not done."""

    clip_db: float | None = None
    """Amplified by so many dB and cut at the original peak."""
    noise_db: float | None = None
    """White noise so many dB below the speech."""
    gain_db: float | None = None
    """The level of everything is changed by so many dB; what is beyond full scale is cut."""

    def applied(self, samples: Samples) -> Samples:
        """Return sound with the impairments."""
        if self.clip_db is not None:
            samples = _overdriven(samples, self.clip_db)
        if self.noise_db is not None:
            samples = _noisy(samples, self.noise_db)
        if self.gain_db is not None:
            samples = np.clip(samples * np.float32(_factor(self.gain_db)), -1.0, 1.0)
        return samples


def _factor(decibels: float) -> float:
    return float(10.0 ** (decibels / 20.0))


def _overdriven(samples: Samples, decibels: float) -> Samples:
    peak = float(np.abs(samples).max(initial=0.0))
    return np.asarray(np.clip(samples * np.float32(_factor(decibels)), -peak, peak), dtype=np.float32)


def _noisy(samples: Samples, decibels: float) -> Samples:
    loudness = float(np.sqrt((samples**2).mean())) if len(samples) else 0.0
    noise = np.random.default_rng(_SEED).standard_normal(len(samples)).astype(np.float32)
    return np.asarray(samples + noise * np.float32(loudness / _factor(decibels)), dtype=np.float32)
