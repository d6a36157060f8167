"""Times of a stream that a busy switch left sound out of."""

from datetime import UTC, datetime, timedelta

from asr.instants import Instants

BEGAN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
FRAME_MS = 20


def at(milliseconds: float) -> datetime:
    return BEGAN + timedelta(milliseconds=milliseconds)


def play(instants: Instants, frames: list[float], total: int = 0) -> int:
    """Let frames of 20 ms arrive at these seconds; return the length of the stream in ms."""
    for when in frames:
        total += FRAME_MS
        instants.arrived(total, when)
    return total


def steady(first: float, seconds: float) -> list[float]:
    return [first + (number + 1) * FRAME_MS / 1000 for number in range(int(seconds * 1000) // FRAME_MS)]


def test_a_steady_stream_is_where_it_began_and_how_long_it_is() -> None:
    instants = Instants(BEGAN)
    play(instants, steady(100.0, 30.0))
    assert instants.at(29_000) == at(29_000)
    assert instants.lost_ms == 0


def test_sound_that_is_late_and_comes_in_a_burst_moves_nothing() -> None:
    instants = Instants(BEGAN)
    total = play(instants, steady(100.0, 5.0))
    total = play(instants, [106.5] * 75, total)
    play(instants, steady(106.5, 5.0), total)
    assert instants.lost_ms == 0
    assert instants.at(11_000) == at(11_000)


def test_after_sound_was_left_out_times_are_later() -> None:
    instants = Instants(BEGAN)
    total = play(instants, steady(100.0, 5.0))
    play(instants, steady(106.0, 10.0), total)
    assert instants.lost_ms == 1000
    assert instants.at(4000) == at(4000)
    assert instants.at(12_000) == at(13_000)


def test_a_tap_that_loses_every_eighth_frame_stays_right_within_two_seconds() -> None:
    instants = Instants(BEGAN)
    play(instants, [when for number, when in enumerate(steady(100.0, 120.0)) if number % 8])
    heard_ms = 100_000
    assert abs(instants.at(heard_ms) - at(heard_ms * 8 / 7)) < timedelta(seconds=2.5)


def test_sound_that_comes_faster_than_it_was_said_is_taken_by_its_length() -> None:
    instants = Instants(BEGAN)
    play(instants, [100.0] * 3000)
    assert instants.at(59_000) == at(59_000)
