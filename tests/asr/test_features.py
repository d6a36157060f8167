"""Features are those of Kaldi, which the models were trained on."""

from pathlib import Path

import kaldi_native_fbank
import numpy as np
import numpy.typing as npt
import pytest

from asr import sound
from asr.engines import features
from asr.engines.features import Features

SPEECH = min((Path(__file__).parents[2] / "hotline" / "demo_audio").glob("caller-*.wav"))


def kaldi(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.dither = 0
    options.frame_opts.snip_edges = False
    options.frame_opts.samp_freq = 16_000
    options.mel_opts.num_bins = 80
    options.mel_opts.high_freq = -400.0
    bank = kaldi_native_fbank.OnlineFbank(options)
    bank.accept_waveform(16_000, samples.tolist())
    bank.input_finished()
    return np.stack([bank.get_frame(number) for number in range(bank.num_frames_ready)])


@pytest.mark.parametrize("piece", [1, 37, 1600, 100_000])
def test_features_are_kaldis_whatever_the_pieces(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(features, "_FLOOR", np.zeros(16_000, dtype=np.float32))
    speech = sound.read(SPEECH)[: 800 if piece == 1 else 30_011]
    found, own = [], Features()
    for start in range(0, len(speech), piece):
        own.hear(speech[start : start + piece])
        while (frame := own.next(1, 1)) is not None:
            found.append(frame[0])
    own.end()
    while (frame := own.next(1, 1)) is not None:
        found.append(frame[0])
    wanted = kaldi(speech)
    assert len(found) == len(wanted)
    assert np.abs(np.stack(found) - wanted).max() < 0.02


def test_the_noise_floor_does_not_depend_on_the_pieces() -> None:
    silence = np.zeros(50_000, dtype=np.float32)
    whole, cut = Features(), Features()
    whole.hear(silence)
    for start in range(0, len(silence), 700):
        cut.hear(silence[start : start + 700])
    one, other = whole.next(200, 1), cut.next(200, 1)
    assert one is not None
    assert other is not None
    assert np.allclose(one, other, atol=1e-4)
