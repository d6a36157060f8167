"""Left-to-right beam search from syllables to words, extended as syllables come in.

The search and its weights are those of `../shared/facts/speech.md`; scores are log10.
"""

import heapq
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import kenlm

from asr.pinyin.dictionary import Entry, Words
from asr.pinyin.lexicon import LexiconWord
from asr.pinyin.numbers import COUNTED, NUMERALS, digit_runs, spoken_numbers
from asr.pinyin.syllables import Syllable, near_misses

_UNKNOWN_WORD = "<unk>"
_NO_FLOOR = -math.inf
_NEUTRAL = 5


@dataclass(frozen=True, slots=True)
class Weights:
    """Scores (log10) and widths of the search."""

    beam: int = 6
    near_miss: float = -2.2
    tone: float = -1.1
    tone_sandhi: float = -0.4
    lexicon_floor: float = -3.0
    counted_floor: float = -2.0
    """Least score of what is counted after a number (号, 栋, 元): the language model does not know the number."""
    letter: float = -1.0
    unknown: float = -4.0
    candidates: int = 40
    """Most words tried for one stretch of syllables."""


DEFAULT_WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class DecodedWord:
    """A word with the syllables it stands on: positions `first` to `last`, the last one included."""

    text: str
    first: int
    last: int


class _Node(NamedTuple):
    score: float
    state: Any
    context: tuple[str, str]
    word: str
    first: int
    before: "_Node | None"


class _Edge(NamedTuple):
    first: int
    word: str
    score: float
    scored_by_model: bool
    floor: float


class PinyinDecoder:
    """Dictionary, language model and lexicon; read only once made, so that any number of sentences share it."""

    def __init__(
        self, words: Words, language_model: Any, lexicon: Iterable[LexiconWord] = (), weights: Weights = DEFAULT_WEIGHTS
    ) -> None:
        self._words = words
        self.language_model = language_model
        self.weights = weights
        self._lexicon: dict[str, list[Entry]] = {}
        self.lexicon_readings: list[tuple[str, ...]] = []
        for word in lexicon:
            self.lexicon_readings.append(word.reading)
            self._lexicon.setdefault(word.key, []).append(word.entry)
        self._known = {key for key in (*words, *self._lexicon) if "'" not in key}
        self._longest = max((key.count("'") + 1 for key in (*words, *self._lexicon)), default=1)
        self._near = lru_cache(maxsize=2048)(lambda plain: near_misses(plain, self._known))

    def sentence(self) -> "Sentence":
        """Begin a sentence."""
        return Sentence(self)

    def edges(self, heard: Sequence[Syllable], end: int) -> Iterator[_Edge]:
        """Yield the words that may end before position `end`."""
        last = heard[end - 1]
        if last.is_letter:
            yield _Edge(end - 1, last.plain, self.weights.letter, scored_by_model=False, floor=_NO_FLOOR)
        elif last.plain not in self._words:
            yield _Edge(end - 1, last.plain, self.weights.unknown, scored_by_model=False, floor=_NO_FLOOR)
        for rule in (digit_runs, spoken_numbers):
            for first, text, score in rule(heard, end):
                yield _Edge(first, text, score, scored_by_model=False, floor=_NO_FLOOR)
        for first in range(end - 1, max(-1, end - 1 - self._longest), -1):
            if heard[first].is_letter:
                return
            yield from self._dictionary_edges(heard[first:end], first)

    def _dictionary_edges(self, heard: Sequence[Syllable], first: int) -> Iterator[_Edge]:
        ranked = []
        tones = [syllable.tone for syllable in heard]
        for key, penalty in self._keys([syllable.plain for syllable in heard]):
            for entry in (*self._lexicon.get(key, ()), *self._words.get(key, ())[: self.weights.candidates]):
                score = penalty + entry.cost + self._tone_score(tones, entry.tones)
                ranked.append((score + entry.unigram, score, entry))
        best = heapq.nlargest(self.weights.candidates, ranked, key=lambda one: one[0])
        for _, score, entry in best:
            floor = self.weights.lexicon_floor if entry.is_lexicon else _NO_FLOOR
            yield _Edge(first, entry.word, score, scored_by_model=True, floor=floor)

    def _keys(self, plain: list[str]) -> Iterator[tuple[str, float]]:
        yield "'".join(plain), 0.0
        for position, syllable in enumerate(plain):
            for near in self._near(syllable):
                yield "'".join([*plain[:position], near, *plain[position + 1 :]]), self.weights.near_miss

    def _tone_score(self, heard: Sequence[int], wanted: str) -> float:
        score = 0.0
        for tone, want in zip(heard, wanted, strict=True):
            target = int(want)
            if target in (0, tone):
                continue
            mild = _NEUTRAL in (tone, target) or (tone == 2 and target == 3)  # noqa: PLR2004 - third-tone sandhi
            score += self.weights.tone_sandhi if mild else self.weights.tone
        return score


class Sentence:
    """The search over one utterance. Only what changed since the last update is searched again."""

    def __init__(self, decoder: PinyinDecoder) -> None:
        self._decoder = decoder
        self._heard: list[Syllable] = []
        state = kenlm.State()
        decoder.language_model.BeginSentenceWrite(state)
        self._cells: list[list[_Node]] = [[_Node(0.0, state, ("", "<s>"), "", 0, None)]]

    def update(self, heard: Sequence[Syllable]) -> None:
        """Take the syllables of the utterance so far; the engine may have changed its mind about the last ones."""
        same = 0
        for old, new in zip(self._heard, heard, strict=False):
            if (old.plain, old.tone) != (new.plain, new.tone):
                break
            same += 1
        del self._cells[same + 1 :]
        self._heard = list(heard)
        for end in range(same + 1, len(heard) + 1):
            self._cells.append(self._cell(end))

    def best(self, *, final: bool) -> list[DecodedWord]:
        """Return the best words so far; `final` counts that the sentence ends here."""
        model = self._decoder.language_model
        spare = kenlm.State()
        cell = self._cells[-1]
        node: _Node | None = max(
            cell, key=lambda one: one.score + (model.BaseScore(one.state, "</s>", spare) if final else 0.0)
        )
        words = []
        last = len(self._heard) - 1
        while node is not None and node.before is not None:
            words.append(DecodedWord(node.word, node.first, last))
            last, node = node.first - 1, node.before
        return words[::-1]

    def _cell(self, end: int) -> list[_Node]:
        score_of = self._decoder.language_model.BaseScore
        spare = kenlm.State()
        merged: dict[tuple[str, str], tuple[float, _Edge, _Node]] = {}
        for edge in self._decoder.edges(self._heard, end):
            for node in self._cells[edge.first]:
                score = node.score + edge.score
                if edge.scored_by_model:
                    model_score = score_of(node.state, edge.word, spare)
                    score += max(self._floor(edge, node), model_score)
                context = (node.context[1], edge.word)
                known = merged.get(context)
                if known is None or known[0] < score:
                    merged[context] = (score, edge, node)
        best = heapq.nlargest(self._decoder.weights.beam, merged.items(), key=lambda one: one[1][0])
        return [self._node(context, *rest) for context, rest in best]

    def _floor(self, edge: _Edge, before: _Node) -> float:
        counted = edge.word in COUNTED and before.word and NUMERALS.issuperset(before.word)
        return self._decoder.weights.counted_floor if counted else edge.floor

    def _node(self, context: tuple[str, str], score: float, edge: _Edge, before: _Node) -> _Node:
        state = kenlm.State()
        word = edge.word if edge.scored_by_model else _UNKNOWN_WORD
        self._decoder.language_model.BaseScore(before.state, word, state)
        return _Node(score, state, context, edge.word, edge.first, before)
