"""Filter-bank features as k2's models were trained on, computed as the sound comes."""

from typing import Any

import kaldi_native_fbank
import numpy as np
import numpy.typing as npt

from asr.recogniser import SAMPLE_RATE

_BINS = 80
_HIGH_HZ = -400.0
"""Below the half of the sample rate, as in k2's recipes."""
_NOISE = 0.0003
"""Standard deviation of the noise floor laid under all sound (full scale 1). Telephone exchanges, mute buttons and
cut files give digital silence, which no training sound had: the model then invents words (今天, 谢谢) at the edges."""
_SEED = 12345
_FLOOR = np.random.default_rng(_SEED).standard_normal(SAMPLE_RATE).astype(np.float32) * np.float32(_NOISE)


class Features:
    """Features of one utterance."""

    def __init__(self) -> None:
        options = kaldi_native_fbank.FbankOptions()
        options.frame_opts.dither = 0
        options.frame_opts.snip_edges = False
        options.frame_opts.samp_freq = SAMPLE_RATE
        options.mel_opts.num_bins = _BINS
        options.mel_opts.high_freq = _HIGH_HZ
        self._bank: Any = kaldi_native_fbank.OnlineFbank(options)
        self._taken = 0
        self._samples = 0

    def hear(self, samples: npt.NDArray[np.float32]) -> None:
        """Take the next piece of sound, -1 to 1 at 16 kHz."""
        floor = np.take(_FLOOR, np.arange(self._samples, self._samples + len(samples)), mode="wrap")
        self._samples += len(samples)
        self._bank.accept_waveform(SAMPLE_RATE, (samples + floor).tolist())

    def end(self) -> None:
        """No more sound will come."""
        self._bank.input_finished()

    def next(self, window: int, step: int) -> npt.NDArray[np.float32] | None:
        """Return the next `window` frames and move on by `step`; None until they are there."""
        if self._bank.num_frames_ready < self._taken + window:
            return None
        # copied before the bank forgets them: what get_frame gives are views
        frames = np.stack([self._bank.get_frame(self._taken + index) for index in range(window)])
        self._taken += step
        self._bank.pop(step)
        return frames
