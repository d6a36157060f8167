"""Left-to-right beam search from syllables to words, extended as syllables come in.

The search began as that of `../shared/facts/speech.md`; here the acoustic model's alternatives to each syllable take
part in it, so that a word the language model expects can correct what was misheard. Scores are log10.
"""

import copy
import heapq
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

import kenlm

from asr.pinyin.dictionary import Entry, Words
from asr.pinyin.lexicon import LexiconWord
from asr.pinyin.numbers import COUNTED, NUMERALS, digit_runs, spoken_numbers
from asr.pinyin.readings import DEFAULT_CONFUSIONS, Confusions, Reading, readings_of
from asr.pinyin.syllables import Syllable, near_misses

_UNKNOWN_WORD = "<unk>"
_RANK = itemgetter(0)
_NO_FLOOR = -math.inf


@dataclass(frozen=True, slots=True)
class Weights:
    """Scores (log10) and widths of the search."""

    beam: int = 8
    confusions: Confusions = DEFAULT_CONFUSIONS
    most_doubt: float = -5.0
    """A word whose syllables together were less likely heard than this is not tried."""
    lexicon_floor: float = -3.0
    counted_floor: float = -2.0
    """Least score of what is counted after a number (号, 栋, 元): the language model does not know the number."""
    letter: float = -1.0
    unknown: float = -4.0
    hopeless: float = 8.0
    """A way that is worse than the best by more than this is not followed."""
    candidates: int = 16
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


class _Begun(NamedTuple):
    """The beginning of a word: its syllables so far, as read from `first` on."""

    first: int
    key: str
    path: tuple[Reading, ...]
    doubt: float


class PinyinDecoder:
    """Dictionary, language model and lexicon; read only once made, so that any number of sentences share it."""

    def __init__(
        self, words: Words, language_model: Any, lexicon: Iterable[LexiconWord] = (), weights: Weights = DEFAULT_WEIGHTS
    ) -> None:
        self._words = words
        self.language_model = language_model
        self.weights = weights
        self._beginnings_of_words = _beginnings(words)
        self._take(lexicon)

    def with_lexicon(self, lexicon: Iterable[LexiconWord]) -> "PinyinDecoder":
        """Return a decoder with other lexicon words; dictionary and language model are shared."""
        other = copy.copy(self)
        other._take(lexicon)  # noqa: SLF001 - of the same class
        return other

    def _take(self, lexicon: Iterable[LexiconWord]) -> None:
        self._lexicon: dict[str, list[Entry]] = {}
        for word in lexicon:
            self._lexicon.setdefault(word.key, []).append(word.entry)
        self._beginnings_of_lexicon = _beginnings(self._lexicon)
        known = {key for key in (*self._words, *self._lexicon) if "'" not in key}
        self._near = lru_cache(maxsize=2048)(lambda plain: near_misses(plain, known))
        self._entries = lru_cache(maxsize=16_384)(self._entries_of)

    def sentence(self) -> "Sentence":
        """Begin a sentence."""
        return Sentence(self)

    def readings(self, heard: Syllable) -> tuple[Reading, ...]:
        """Return what a syllable may have been."""
        return readings_of(heard, self._near, self.weights.confusions)

    def grown(self, begun: Sequence[_Begun], readings: Sequence[Reading], position: int) -> list[_Begun]:
        """Return the beginnings and whole words that end at `position`, from those that ended before it."""
        found = []
        for word in (*begun, _Begun(position, "", (), 0.0)):
            for reading in readings:
                doubt = word.doubt + reading.best
                if doubt < self.weights.most_doubt:
                    break
                key = f"{word.key}'{reading.plain}" if word.key else reading.plain
                if self._is_begun(key):
                    found.append(_Begun(word.first, key, (*word.path, reading), doubt))
        return found

    def _is_begun(self, key: str) -> bool:
        return (
            key in self._words
            or key in self._beginnings_of_words
            or key in self._lexicon
            or key in self._beginnings_of_lexicon
        )

    def _entries_of(self, key: str) -> tuple[tuple[Entry, tuple[int, ...]], ...]:
        entries = (*self._lexicon.get(key, ()), *self._words.get(key, ())[: self.weights.candidates])
        return tuple((entry, tuple(map(int, entry.tones))) for entry in entries)

    def edges(self, heard: Sequence[Syllable], end: int, begun: Sequence[_Begun]) -> Iterator[_Edge]:
        """Yield the words that may end before position `end`."""
        last = heard[end - 1]
        if last.is_letter:
            yield _Edge(end - 1, last.plain, self.weights.letter, scored_by_model=False, floor=_NO_FLOOR)
        elif last.plain not in self._words:
            yield _Edge(end - 1, last.plain, self.weights.unknown, scored_by_model=False, floor=_NO_FLOOR)
        for rule in (digit_runs, spoken_numbers):
            for first, text, score in rule(heard, end):
                yield _Edge(first, text, score, scored_by_model=False, floor=_NO_FLOOR)
        yield from self._dictionary_edges(begun)

    def _dictionary_edges(self, begun: Sequence[_Begun]) -> Iterator[_Edge]:
        ranked: dict[int, list[tuple[float, float, Entry]]] = {}
        for word in begun:
            found = ranked.setdefault(word.first, [])
            path = [reading.scores for reading in word.path]
            for entry, tones in self._entries(word.key):
                score = entry.cost
                for scores, tone in zip(path, tones, strict=True):
                    score += scores[tone]
                found.append((score + entry.unigram, score, entry))
        for first, found in ranked.items():
            found.sort(key=_RANK, reverse=True)
            for _, score, entry in found[: self.weights.candidates]:
                floor = self.weights.lexicon_floor if entry.is_lexicon else _NO_FLOOR
                yield _Edge(first, entry.word, score, scored_by_model=True, floor=floor)


def _beginnings(words: Iterable[str]) -> set[str]:
    found = set()
    for key in words:
        end = key.rfind("'")
        while end > 0 and key[:end] not in found:
            found.add(key[:end])
            end = key.rfind("'", 0, end)
    return found


class Sentence:
    """The search over one utterance. Only what changed since the last update is searched again."""

    def __init__(self, decoder: PinyinDecoder) -> None:
        self._decoder = decoder
        self._heard: list[Syllable] = []
        state = kenlm.State()
        decoder.language_model.BeginSentenceWrite(state)
        self._cells: list[list[_Node]] = [[_Node(0.0, state, ("", "<s>"), "", 0, None)]]
        self._begun: list[list[_Begun]] = [[]]

    def update(self, heard: Sequence[Syllable]) -> None:
        """Take the syllables of the utterance so far; the engine may have changed its mind about the last ones."""
        same = 0
        for old, new in zip(self._heard, heard, strict=False):
            if (old.plain, old.tone, old.alternatives) != (new.plain, new.tone, new.alternatives):
                break
            same += 1
        del self._cells[same + 1 :]
        del self._begun[same + 1 :]
        self._heard = list(heard)
        for end in range(same + 1, len(heard) + 1):
            last = heard[end - 1]
            readings = () if last.is_letter else self._decoder.readings(last)
            self._begun.append(self._decoder.grown(self._begun[-1], readings, end - 1))
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
        hopeless = self._decoder.weights.hopeless
        spare = kenlm.State()
        merged: dict[tuple[str, str], tuple[float, _Edge, _Node]] = {}
        best_score = -math.inf
        for edge in self._decoder.edges(self._heard, end, self._begun[end]):
            first, word, edge_score, scored_by_model, floor = edge
            counted = word in COUNTED
            for node in self._cells[first]:
                score = node.score + edge_score
                # the model can only take away from it
                if score < best_score - hopeless:
                    continue
                if scored_by_model:
                    model_score = score_of(node.state, word, spare)
                    least = self._floor(edge, node) if counted else floor
                    score += max(least, model_score)
                best_score = max(best_score, score)
                context = (node.context[1], word)
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
