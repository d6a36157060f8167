"""The three networks of a streaming zipformer transducer, run by ONNX Runtime, and the search through their output.

sherpa-onnx gives one best answer only. The pinyin decoder corrects what was misheard by what else the model considered,
so for pinyin models the same files are searched here, where the alternatives can be had (docs/decisions/0019).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from core.errors import PartUnavailable

Floats = npt.NDArray[np.float32]
State = Mapping[str, npt.NDArray[Any]]
FRAME_MS = 40
"""Length of one frame of the encoder's output."""
_BLANK, _UNKNOWN = 0, 2
_NOT_WRITTEN = (_BLANK, _UNKNOWN)
_NAMED = 3
"""Units from here on are sounds; before them stand <blk>, <sos/eos> and <unk>."""

_HOPELESS = 6.0
"""A reading less likely than the best by more than this (natural logarithm) is dropped: in most frames one is left,
and fewer contexts have to be asked for."""


class Networks:
    """Encoder, decoder (label context) and joiner of one model; shared by all its streams.

    Args:
        encoder: file of a `zipformer2` encoder exported for streaming.
        decoder: file of the stateless decoder (context of two units).
        joiner: file of the joiner.

    Raises:
        PartUnavailable: a file is no such network.
    """

    def __init__(self, encoder: Path, decoder: Path, joiner: Path) -> None:
        self._encoder, self._decoder, self._joiner = (_session(file) for file in (encoder, decoder, joiner))
        about = self._encoder.get_modelmeta().custom_metadata_map
        if about.get("model_type") != "zipformer2":
            raise PartUnavailable("speech", f"{encoder.name} 不是流式 zipformer2 模型", remedy="换用目录中的语音模型")
        self.window = int(about["T"])
        """Feature frames the encoder takes at once."""
        self.step = int(about["decode_chunk_len"])
        """Feature frames it moves on by."""
        self._outputs = [one.name for one in self._encoder.get_outputs()]
        self.context = lru_cache(maxsize=65_536)(self._context)

    def fresh(self) -> State:
        """Return the encoder's state before the first sound."""
        return {
            one.name: np.zeros(
                [size if isinstance(size, int) else 1 for size in one.shape],
                dtype=np.int64 if "int64" in one.type else np.float32,
            )
            for one in self._encoder.get_inputs()[1:]
        }

    def encode(self, features: Floats, state: State) -> tuple[Floats, State]:
        """Return the encoder's frames for one window of features, and its state after them."""
        found = dict(zip(self._outputs, self._encoder.run(None, {"x": features[None], **state}), strict=True))
        return found["encoder_out"][0], {name: found[f"new_{name}"] for name in state}

    def _context(self, units: tuple[int, int]) -> Floats:
        answer: Floats = self._decoder.run(None, {"y": np.array([units], dtype=np.int64)})[0][0]
        return answer

    def chances(self, frames: Floats, contexts: Sequence[tuple[int, int]]) -> Floats:
        """Return the natural logarithm of each unit's probability, a row for each (frame, context)."""
        about = np.stack([self.context(units) for units in contexts])
        scores: Floats = self._joiner.run(None, {"encoder_out": frames, "decoder_out": about})[0]
        scores = scores - scores.max(axis=-1, keepdims=True)
        chances: Floats = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
        return chances


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the sound: units, the frames they came at, and the log-probability of it all."""

    units: tuple[int, ...] = ()
    frames: tuple[int, ...] = ()
    score: float = 0.0
    context: tuple[int, int] = (0, 0)

    def grown(self, unit: int, frame: int, score: float) -> "Reading":
        """Return the reading with one more unit (none for blank) and its new score."""
        if unit in _NOT_WRITTEN:
            return Reading(self.units, self.frames, score, self.context)
        return Reading((*self.units, unit), (*self.frames, frame), score, (self.context[1], unit))


@dataclass(frozen=True, slots=True)
class Emission:
    """A unit of the best reading: its number, the frame it came at, and the log-probability of every unit there."""

    unit: int
    frame: int
    chances: Floats = field(repr=False)
    settled: bool
    """False: the frame after it is not there yet, and may change what is likely."""


class Search:
    """Beam search over the encoder's frames of one utterance, at most one unit a frame.

    Args:
        networks: the model.
        beam: readings kept.
    """

    def __init__(self, networks: Networks, beam: int = 4) -> None:
        self._networks = networks
        self._beam = beam
        self._readings = [Reading()]
        self._frames: list[Floats] = []
        self._emissions: dict[tuple[tuple[int, int], int, int], Emission] = {}

    def take(self, frames: Floats) -> None:
        """Go on through further frames."""
        chances = _Chances(self._networks, frames)
        for index, frame in enumerate(frames):
            self._step(frame, chances.of(index, [one.context for one in self._readings]))

    @property
    def units(self) -> tuple[int, ...]:
        """Units of the best reading so far."""
        return self._readings[0].units

    def emissions(self) -> list[Emission]:
        """Return the units of the best reading, each with what else it may have been."""
        best, context = self._readings[0], (0, 0)
        places = []
        for unit, frame in zip(best.units, best.frames, strict=True):
            places.append((context, unit, frame))
            context = (context[1], unit)
        for place in places:
            if not self._is_settled(place):
                self._look_around(*place)
        return [self._emissions[place] for place in places]

    def _is_settled(self, place: tuple[tuple[int, int], int, int]) -> bool:
        return place in self._emissions and self._emissions[place].settled

    def _look_around(self, context: tuple[int, int], unit: int, frame: int) -> None:
        """A unit comes a frame early or late now and then: of the frames around, the likelier one counts.

        Each is asked alone: the joiner's 8-bit scale depends on what is asked together, and what is heard shall not
        depend on when somebody looked.
        """
        around = self._frames[max(0, frame - 1) : frame + 2]
        best = self._networks.chances(np.stack(around), [context] * len(around)).max(axis=0)
        best[:_NAMED] = -np.inf
        settled = frame + 1 < len(self._frames)
        self._emissions[context, unit, frame] = Emission(unit, frame, best, settled=settled)

    def _step(self, frame: Floats, chances: Floats) -> None:
        at = len(self._frames)
        self._frames.append(frame)
        known = self._readings
        scores = (chances + np.array([[one.score] for one in known], dtype=np.float32)).ravel()
        size = chances.shape[1]
        grown: dict[tuple[int, ...], Reading] = {}
        for index in self._best(scores):
            one = known[int(index) // size].grown(int(index) % size, at, float(scores[index]))
            grown[one.units] = _merged(grown.get(one.units), one)
        self._readings = sorted(grown.values(), key=lambda one: -one.score)

    def _best(self, scores: Floats) -> npt.NDArray[np.intp]:
        likely = np.flatnonzero(scores > scores.max() - _HOPELESS)
        if len(likely) <= self._beam:
            return likely
        return likely[np.argpartition(-scores[likely], self._beam - 1)[: self._beam]]


class _Chances:
    """Chances of the units in some frames.

    A context met for the first time is asked for all frames still to come: most frames bring no unit, so that one run
    of the joiner does for several.
    """

    def __init__(self, networks: Networks, frames: Floats) -> None:
        self._networks = networks
        self._frames = frames
        self._known: dict[tuple[int, int], tuple[int, Floats]] = {}
        """From which frame on, and a row for each."""

    def of(self, index: int, contexts: Sequence[tuple[int, int]]) -> Floats:
        """Return the chances in one frame, a row for each context."""
        if new := [one for one in dict.fromkeys(contexts) if one not in self._known]:
            self._ask(index, new)
        rows = (self._known[one] for one in contexts)
        return np.stack([chances[index - first] for first, chances in rows])

    def _ask(self, index: int, contexts: Sequence[tuple[int, int]]) -> None:
        rest = self._frames[index:]
        rows = [one for one in contexts for _ in rest]
        chances = self._networks.chances(np.concatenate([rest] * len(contexts)), rows)
        for number, one in enumerate(contexts):
            self._known[one] = (index, chances[number * len(rest) : (number + 1) * len(rest)])


def _merged(known: Reading | None, new: Reading) -> Reading:
    if known is None:
        return new
    better = known if known.score > new.score else new
    return Reading(better.units, better.frames, float(np.logaddexp(known.score, new.score)), better.context)


def _session(file: Path) -> Any:
    options = onnxruntime.SessionOptions()
    # one core a stream: many streams share the machine, and threads within one would only fight
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library raises several kinds, none of them documented
        raise PartUnavailable(
            "speech", f"模型文件 {file.name} 无法加载", remedy="运行 hotline models check 查看,或重新获取模型"
        ) from error
