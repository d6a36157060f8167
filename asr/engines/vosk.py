"""Engine `vosk`: any Vosk (Kaldi) model."""

import json
from pathlib import Path
from typing import Any

import vosk

from asr.recogniser import BYTES_PER_MS, SAMPLE_RATE, Heard, RecogniserStream, Word
from core.errors import PartUnavailable

_SPACED = frozenset({"en", "ko", "de", "fr", "es", "it", "pt", "ru", "nl", "pl", "cs", "uk"})


class VoskRecogniser:
    """A loaded Vosk model.

    Args:
        directory: model directory (`am/`, `conf/`, `graph/` …).
        language: words of Chinese and Japanese are joined without spaces.

    Raises:
        PartUnavailable: the directory holds no Vosk model.
    """

    engine = "vosk"

    def __init__(self, directory: Path, language: str = "zh") -> None:
        self.model = directory.name
        self.separator = " " if language in _SPACED else ""
        vosk.SetLogLevel(-1)
        try:
            self._model: Any = vosk.Model(model_path=str(directory))
        except Exception as error:  # the library raises nothing more specific
            raise PartUnavailable(
                "speech", f"{directory} 不是 Vosk 模型", remedy="运行 hotline models check 查看,或重新获取模型"
            ) from error

    def open_stream(self) -> RecogniserStream:
        """Begin a stream; Kaldi's own end-pointing may cut it into several finals."""
        recogniser = vosk.KaldiRecognizer(self._model, SAMPLE_RATE)
        recogniser.SetWords(True)
        return _VoskStream(self, recogniser)


class _VoskStream:
    def __init__(self, owner: VoskRecogniser, recogniser: Any) -> None:
        self._separator = owner.separator
        self._recogniser = recogniser
        self._bytes = 0
        self._last_end = 0
        self._partial = ""

    def accept(self, pcm: bytes) -> list[Heard]:
        self._bytes += len(pcm)
        if self._recogniser.AcceptWaveform(pcm):
            self._partial = ""
            return self._final(self._recogniser.Result())
        text = self._joined(json.loads(self._recogniser.PartialResult())["partial"])
        if not text or text == self._partial:
            return []
        self._partial = text
        return [Heard(text, final=False, start_ms=self._last_end, end_ms=self._now, confidence=0.0)]

    def finish(self) -> list[Heard]:
        return self._final(self._recogniser.FinalResult())

    @property
    def _now(self) -> int:
        return self._bytes // BYTES_PER_MS

    def _joined(self, text: str) -> str:
        return text if self._separator else text.replace(" ", "")

    def _final(self, answer: str) -> list[Heard]:
        result = json.loads(answer)
        text = self._joined(result["text"])
        words = tuple(
            Word(one["word"], int(one["start"] * 1000), int(one["end"] * 1000), float(one["conf"]))
            for one in result.get("result", [])
        )
        begin = words[0].start_ms if words else self._last_end
        self._last_end = words[-1].end_ms if words else self._now
        confidence = sum(word.confidence for word in words) / len(words) if words else 0.0
        return (
            [Heard(text, final=True, start_ms=begin, end_ms=self._last_end, confidence=confidence, words=words)]
            if text
            else []
        )
