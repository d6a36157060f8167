"""Engine `sherpa`: any streaming transducer of sherpa-onnx; with pinyin units the words are found by `asr.pinyin`."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import sherpa_onnx

from asr.engines.units import UnitTable
from asr.pinyin.decoder import DecodedWord, PinyinDecoder
from asr.pinyin.syllables import Syllable, syllables
from asr.recogniser import BYTES_PER_MS, SAMPLE_RATE, Heard, RecogniserStream, Word
from core.errors import PartUnavailable

_HOTWORDS_SCORE = 1.5
_FLUSH = np.zeros(int(0.8 * SAMPLE_RATE), dtype=np.float32)
"""Silence after the last sound: the model looks ahead, without it the last syllables stay inside."""


class SherpaRecogniser:
    """A loaded streaming transducer.

    Args:
        directory: tokens.txt, encoder*.onnx, decoder*.onnx, joiner*.onnx.
        decoder: pinyin → characters; needed when the units of the model are pinyin.
        hotwords: lexicon words' units, favoured by the acoustic search (see `UnitTable.hotwords`).

    Raises:
        PartUnavailable: a file is missing, or the model speaks pinyin and no decoder is given.
    """

    engine = "sherpa"

    def __init__(self, directory: Path, decoder: PinyinDecoder | None = None) -> None:
        self.model = directory.name
        self.units = UnitTable.read(_only(directory, "tokens.txt"))
        if self.units.is_pinyin and decoder is None:
            raise PartUnavailable(
                "speech", f"模型 {directory.name} 输出拼音,缺少拼音词典", remedy="运行 hotline models fetch pinyin-lm"
            )
        self.decoder = decoder if self.units.is_pinyin else None
        hotwords = self.units.hotwords(decoder.lexicon_readings) if self.decoder and decoder else ""
        with self.units.files(hotwords) as (tokens, hotwords_file):
            self._recogniser: Any = sherpa_onnx.OnlineRecognizer.from_transducer(
                tokens=str(tokens),
                encoder=str(_only(directory, "encoder*.int8.onnx", "encoder*.onnx")),
                decoder=str(_only(directory, "decoder*.onnx")),
                joiner=str(_only(directory, "joiner*.int8.onnx", "joiner*.onnx")),
                num_threads=1,
                sample_rate=SAMPLE_RATE,
                feature_dim=80,
                decoding_method="modified_beam_search",
                max_active_paths=4,
                hotwords_file=str(hotwords_file) if hotwords else "",
                hotwords_score=_HOTWORDS_SCORE,
                modeling_unit="cjkchar",
            )

    def open_stream(self) -> RecogniserStream:
        """Begin a stream; it treats all its sound as one utterance (see `asr.vad` for cutting)."""
        return _SherpaStream(self, self._recogniser)


class _SherpaStream:
    def __init__(self, owner: SherpaRecogniser, recogniser: Any) -> None:
        self._owner = owner
        self._recogniser = recogniser
        self._stream = recogniser.create_stream()
        self._sentence = owner.decoder.sentence() if owner.decoder else None
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
            # the model's batch size is 1: decode_streams would refuse it
            self._recogniser.decode_stream(self._stream)

    def _heard(self, *, final: bool) -> list[Heard]:
        result = self._recogniser.get_result_all(self._stream)
        units = [self._owner.units.name_of(token) for token in result.tokens]
        if not units:
            return []
        words = self._words(units, list(result.timestamps), list(result.ys_probs), final=final)
        text = "".join(word.text for word in words)
        confidence = math.exp(sum(result.ys_probs) / len(result.ys_probs)) if result.ys_probs else 0.0
        end = self._bytes // BYTES_PER_MS
        return (
            [Heard(text, final, min(words[0].start_ms, end), end, min(1.0, confidence), tuple(words))] if text else []
        )

    def _words(self, units: list[str], starts: list[float], scores: list[float], *, final: bool) -> list[Word]:
        if self._sentence is None:
            return [
                Word(unit, int(start * 1000), int(start * 1000) + 40, min(1.0, math.exp(score)))
                for unit, start, score in zip(units, starts, scores, strict=True)
            ]
        heard = syllables(units, starts, scores)
        self._sentence.update(heard)
        return [_word(word, heard) for word in self._sentence.best(final=final)]


def _word(word: DecodedWord, heard: list[Syllable]) -> Word:
    part = heard[word.first : word.last + 1]
    confidence = math.prod(syllable.confidence for syllable in part) ** (1 / len(part))
    return Word(word.text, part[0].start_ms, part[-1].end_ms, confidence)


def _only(directory: Path, *patterns: str) -> Path:
    for pattern in patterns:
        if found := sorted(directory.glob(pattern)):
            return found[0]
    raise PartUnavailable(
        "speech",
        f"语音模型目录 {directory} 中没有 {patterns[-1]}",
        remedy="运行 hotline models check 查看,或重新获取模型",
    )
