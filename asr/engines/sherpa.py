"""Engine `sherpa`: any streaming transducer of sherpa-onnx whose units are characters or words.

Models with pinyin units have an engine of their own (`asr.engines.pinyin`).
"""

import math
from pathlib import Path
from typing import Any

import numpy as np
import sherpa_onnx

from asr.engines.files import only
from asr.recogniser import BYTES_PER_MS, SAMPLE_RATE, Heard, RecogniserStream, Word

_FLUSH = np.zeros(int(0.8 * SAMPLE_RATE), dtype=np.float32)
"""Silence after the last sound: the model looks ahead, without it the last syllables stay inside."""
_FRAME_MS = 40


class SherpaRecogniser:
    """A loaded streaming transducer.

    Args:
        directory: tokens.txt, encoder*.onnx, decoder*.onnx, joiner*.onnx.

    Raises:
        PartUnavailable: a file is missing.
    """

    engine = "sherpa"

    def __init__(self, directory: Path) -> None:
        self.model = directory.name
        self._recogniser: Any = sherpa_onnx.OnlineRecognizer.from_transducer(
            tokens=str(only(directory, "tokens.txt")),
            encoder=str(only(directory, "encoder*.int8.onnx", "encoder*.onnx")),
            decoder=str(only(directory, "decoder*.onnx")),
            joiner=str(only(directory, "joiner*.int8.onnx", "joiner*.onnx")),
            num_threads=1,
            sample_rate=SAMPLE_RATE,
            feature_dim=80,
            decoding_method="modified_beam_search",
            max_active_paths=4,
        )

    def open_stream(self) -> RecogniserStream:
        """Begin a stream; it treats all its sound as one utterance (see `asr.vad` for cutting)."""
        return _SherpaStream(self._recogniser)


class _SherpaStream:
    def __init__(self, recogniser: Any) -> None:
        self._recogniser = recogniser
        self._stream = recogniser.create_stream()
        self._bytes = 0
        self._units_seen: list[str] = []

    def accept(self, pcm: bytes) -> list[Heard]:
        self._bytes += len(pcm)
        samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768.0
        self._stream.accept_waveform(SAMPLE_RATE, samples)
        self._decode()
        units = self._recogniser.tokens(self._stream)
        if units == self._units_seen:
            return []
        self._units_seen = units
        return self._heard(final=False)

    def finish(self) -> list[Heard]:
        self._stream.accept_waveform(SAMPLE_RATE, _FLUSH)
        self._stream.input_finished()
        self._decode()
        return self._heard(final=True)

    def _decode(self) -> None:
        while self._recogniser.is_ready(self._stream):
            self._recogniser.decode_stream(self._stream)

    def _heard(self, *, final: bool) -> list[Heard]:
        result = self._recogniser.get_result_all(self._stream)
        words = tuple(
            Word(unit, int(start * 1000), int(start * 1000) + _FRAME_MS, min(1.0, math.exp(score)))
            for unit, start, score in zip(result.tokens, result.timestamps, result.ys_probs, strict=True)
        )
        text = "".join(word.text for word in words)
        if not text:
            return []
        confidence = math.exp(sum(result.ys_probs) / len(result.ys_probs))
        end = self._bytes // BYTES_PER_MS
        return [Heard(text, final, min(words[0].start_ms, end), end, min(1.0, confidence), words)]
