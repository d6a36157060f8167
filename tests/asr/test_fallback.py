"""An engine that fails is replaced in the middle of an utterance; nothing that was said is lost."""

import threading

import pytest

from asr.fallback import Candidate, FallbackRecogniser
from asr.recogniser import Heard, RecogniserStream
from core.errors import PartUnavailable

SOUND = bytes(3200)


class Engine:
    """Says how many bytes it heard; fails at the `fails`th piece, or hangs at the `hangs`th; -1: at the end."""

    model = "scripted"

    def __init__(self, engine: str, fails: int | None = None, hangs: int | None = None) -> None:
        self.engine = engine
        self.fails = fails
        self.hangs = hangs
        self.released = threading.Event()

    def open_stream(self) -> RecogniserStream:
        return EngineStream(self)


class EngineStream:
    def __init__(self, owner: Engine) -> None:
        self.owner = owner
        self.bytes = self.pieces = 0

    def accept(self, pcm: bytes) -> list[Heard]:
        self.pieces += 1
        if self.pieces == self.owner.hangs:
            self.owner.released.wait()
        if self.pieces == self.owner.fails:
            raise RuntimeError("broken")
        self.bytes += len(pcm)
        return []

    def finish(self) -> list[Heard]:
        if self.owner.hangs == -1:
            self.owner.released.wait()
        if self.owner.fails == -1:
            raise RuntimeError("broken")
        return [Heard(f"{self.owner.engine}{self.bytes}", final=True, start_ms=0, end_ms=0, confidence=1.0)]


def said(recogniser: FallbackRecogniser, pieces: int = 3) -> str:
    stream = recogniser.open_stream()
    for _ in range(pieces):
        stream.accept(SOUND)
    return "".join(one.text for one in stream.finish())


def broken() -> Engine:
    raise PartUnavailable("speech", "gone", remedy="none")


@pytest.mark.parametrize("fails", [1, 2, 3, -1])
def test_the_next_engine_hears_the_utterance_from_its_beginning(fails: int) -> None:
    first = Engine("first", fails)
    others = [Candidate("gone", broken), Candidate("b", lambda: Engine("second"))]
    recogniser = FallbackRecogniser([Candidate("a", lambda: first), *others], lambda: 0.0)
    assert recogniser.engine == "first"
    assert said(recogniser) == f"second{3 * len(SOUND)}"
    assert (recogniser.engine, recogniser.model) == ("second", "scripted(替代 a)")


def test_an_engine_that_failed_is_tried_again_later() -> None:
    now, first = [0.0], Engine("first", 2)
    recogniser = FallbackRecogniser(
        [Candidate("a", lambda: first), Candidate("b", lambda: Engine("second"))], lambda: now[0]
    )
    assert said(recogniser).startswith("second")
    first.fails = None
    assert said(recogniser).startswith("second")
    now[0] = 61.0
    assert said(recogniser).startswith("first")
    assert recogniser.model == "scripted"


@pytest.mark.parametrize("hangs", [1, 2, 3, -1])
def test_an_engine_that_hangs_is_replaced_too(hangs: int) -> None:
    now, first = [0.0], Engine("first", hangs=hangs)
    opened = [first, Engine("anew")]
    recogniser = FallbackRecogniser(
        [Candidate("a", lambda: opened.pop(0)), Candidate("b", lambda: Engine("second"))], lambda: now[0], patience=0.3
    )
    assert said(recogniser) == f"second{3 * len(SOUND)}"
    assert recogniser.model == "scripted(替代 a)"
    now[0] = 61.0
    assert said(recogniser).startswith("second"), "it is left alone for long"
    now[0] = 601.0
    assert said(recogniser).startswith("anew"), "and loaded anew: the hanging one may hold a lock for ever"
    assert recogniser.model == "scripted"
    first.released.set()


def test_other_utterances_of_a_hanging_engine_go_to_the_next_at_once() -> None:
    first = Engine("first", hangs=2)
    recogniser = FallbackRecogniser(
        [Candidate("a", lambda: first), Candidate("b", lambda: Engine("second"))], lambda: 0.0, patience=0.3
    )
    other = recogniser.open_stream()
    other.accept(SOUND)
    assert said(recogniser).startswith("second")
    first.hangs = None
    assert [one.text for one in other.finish()] == [f"second{len(SOUND)}"]
    first.released.set()


def test_no_engine_at_all_is_said() -> None:
    with pytest.raises(PartUnavailable):
        FallbackRecogniser([Candidate("gone", broken)])
