"""Engine `whisper`: faster-whisper over finished utterances; not streaming, so it has no partials.

No word times either: aligning them costs as much again as recognising.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel

from asr.recogniser import BYTES_PER_MS, Heard, RecogniserStream
from core.errors import PartUnavailable

_PROMPT = "以下是普通话的句子,是市民拨打一二三四五政务服务热线的通话。"
"""Steers to simplified characters with punctuation."""
_SHORTEST_MS = 160


class WhisperRecogniser:
    """A loaded Whisper model (CTranslate2 form). Put it behind `asr.vad`: a stream is one utterance of at most 30 s.

    Raises:
        PartUnavailable: the directory holds no such model.
    """

    engine = "whisper"

    def __init__(self, directory: Path, *, threads: int = 1) -> None:
        self.model = directory.name
        try:
            self.whisper: Any = WhisperModel(str(directory), device="cpu", compute_type="int8", cpu_threads=threads)
        except (RuntimeError, ValueError, OSError) as error:
            raise PartUnavailable(
                "speech", f"{directory} 中的 Whisper 模型无法加载", remedy="运行 hotline models check whisper-base"
            ) from error

    def open_stream(self) -> RecogniserStream:
        """Begin an utterance."""
        return _WhisperStream(self.whisper)


class _WhisperStream:
    def __init__(self, whisper: Any) -> None:
        self._whisper = whisper
        self._pcm = bytearray()

    def accept(self, pcm: bytes) -> list[Heard]:
        self._pcm += pcm
        return []

    def finish(self) -> list[Heard]:
        length = len(self._pcm) // BYTES_PER_MS
        if length < _SHORTEST_MS:
            return []
        samples = np.frombuffer(bytes(self._pcm), dtype="<i2").astype(np.float32) / 32768.0
        found, _ = self._whisper.transcribe(
            samples,
            language="zh",
            beam_size=1,
            initial_prompt=_PROMPT,
            condition_on_previous_text=False,
        )
        segments = [one for one in found if one.text.strip() and one.text.strip() != _PROMPT]
        text = "".join(one.text.strip() for one in segments)
        if not text:
            return []
        score = sum(one.avg_logprob for one in segments) / len(segments)
        return [Heard(text, final=True, start_ms=0, end_ms=length, confidence=min(1.0, math.exp(score)))]
