"""Engine `sherpa` for zipformer models whose units are pinyin: own search with alternatives, then `asr.pinyin`."""

import itertools
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from asr.engines.features import Features
from asr.engines.files import only
from asr.engines.transducer import FRAME_MS, Emission, Networks, Search
from asr.engines.units import UnitTable
from asr.pinyin.decoder import DecodedWord, PinyinDecoder
from asr.pinyin.syllables import Syllable, is_initial, spelt, syllables
from asr.recogniser import BYTES_PER_MS, SAMPLE_RATE, Heard, RecogniserStream, Word

_FLUSH = np.zeros(int(0.4 * SAMPLE_RATE), dtype=np.float32)
"""Silence after the last sound: the model looks ahead, without it the last syllables stay inside."""
_DOUBT = 7.0
"""Alternatives less likely than the best by more than this (natural logarithm) are not looked at."""


class PinyinRecogniser:
    """A loaded streaming zipformer with pinyin units.

    Args:
        directory: tokens.txt, encoder*.onnx, decoder*.onnx, joiner*.onnx.
        decoder: gives the decoder in force, so that a changed lexicon counts from the next utterance on.

    Raises:
        PartUnavailable: a file is missing or is no zipformer2 network.
    """

    engine = "sherpa"

    def __init__(self, directory: Path, decoder: Callable[[], PinyinDecoder]) -> None:
        self.model = directory.name
        self.units = UnitTable.read(only(directory, "tokens.txt"))
        self.decoder = decoder
        self.networks = Networks(
            only(directory, "encoder*.int8.onnx", "encoder*.onnx"),
            only(directory, "decoder*.onnx"),
            only(directory, "joiner*.int8.onnx", "joiner*.onnx"),
        )
        self.alternatives = _Alternatives(self.units)

    def open_stream(self) -> RecogniserStream:
        """Begin a stream; it treats all its sound as one utterance (see `asr.vad` for cutting)."""
        return _Stream(self)


class _Alternatives:
    """What else the units of a syllable may have been."""

    def __init__(self, units: UnitTable) -> None:
        self._names = units.names
        self._is_initial = np.array([is_initial(name) for name in units.names])
        self._is_final = np.array([units.is_final(number) for number in range(len(units.names))])

    def of(self, initial: Emission | None, final: Emission) -> tuple[tuple[str, int, float], ...]:
        """Return (plain, tone, log10 of how much less likely) of what else a syllable may have been."""
        before = [("", 0.0)] if initial is None else self._likely(initial, self._is_initial)
        found = []
        for (first, one), (second, other) in itertools.product(before, self._likely(final, self._is_final)):
            if one + other > -_DOUBT:
                found.append((*spelt(first + second), (one + other) / math.log(10)))
        return tuple(found)

    def _likely(self, heard: Emission, among: npt.NDArray[np.bool_]) -> list[tuple[str, float]]:
        behind = heard.chances - heard.chances[heard.unit]
        numbers = np.flatnonzero((behind > -_DOUBT) & among[: len(behind)])
        return [(self._names[number], float(behind[number])) for number in numbers]


class _Stream:
    def __init__(self, owner: PinyinRecogniser) -> None:
        self._owner = owner
        self._features = Features()
        self._state = owner.networks.fresh()
        self._search = Search(owner.networks)
        self._sentence = owner.decoder().sentence()
        self._bytes = 0
        self._units_seen: tuple[int, ...] = ()
        self._alternatives: dict[tuple[int, int], tuple[tuple[str, int, float], ...]] = {}
        """Of settled emissions, by their identity: the search keeps them as long as this stream lives."""

    def accept(self, pcm: bytes) -> list[Heard]:
        self._bytes += len(pcm)
        self._hear(np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768.0)
        if self._search.units == self._units_seen:
            return []
        self._units_seen = self._search.units
        return self._heard(final=False)

    def finish(self) -> list[Heard]:
        self._hear(_FLUSH)
        self._features.end()
        self._decode()
        return self._heard(final=True)

    def _hear(self, samples: npt.NDArray[np.float32]) -> None:
        self._features.hear(samples)
        self._decode()

    def _decode(self) -> None:
        networks = self._owner.networks
        while (window := self._features.next(networks.window, networks.step)) is not None:
            frames, self._state = networks.encode(window, self._state)
            self._search.take(frames)

    def _heard(self, *, final: bool) -> list[Heard]:
        emissions = self._search.emissions()
        if not emissions:
            return []
        heard = self._syllables(emissions)
        self._sentence.update(heard)
        words = [_word(word, heard) for word in self._sentence.best(final=final)]
        text = "".join(word.text for word in words)
        if not text:
            return []
        confidence = math.exp(sum(float(one.chances[one.unit]) for one in emissions) / len(emissions))
        end = self._bytes // BYTES_PER_MS
        return [Heard(text, final, min(words[0].start_ms, end), end, min(1.0, confidence), tuple(words))]

    def _syllables(self, emissions: Sequence[Emission]) -> list[Syllable]:
        names = [self._owner.units.names[one.unit] for one in emissions]
        starts = [one.frame * FRAME_MS / 1000 for one in emissions]
        scores = [float(one.chances[one.unit]) for one in emissions]
        return syllables(names, starts, scores, lambda initial, final: self._others(emissions, initial, final))

    def _others(
        self, emissions: Sequence[Emission], initial: int | None, final: int
    ) -> tuple[tuple[str, int, float], ...]:
        first, last = None if initial is None else emissions[initial], emissions[final]
        key = (id(first), id(last))
        if key in self._alternatives:
            return self._alternatives[key]
        found = self._owner.alternatives.of(first, last)
        if last.settled and (first is None or first.settled):
            self._alternatives[key] = found
        return found


def _word(word: DecodedWord, heard: list[Syllable]) -> Word:
    part = heard[word.first : word.last + 1]
    confidence = math.prod(syllable.confidence for syllable in part) ** (1 / len(part))
    return Word(word.text, part[0].start_ms, part[-1].end_ms, confidence)
