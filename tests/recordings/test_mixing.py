import io
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from recordings.legs import WrongFormat, open_leg
from recordings.mixing import SILENT_BELOW, Levels, TimeLine, lay_out, write_stereo
from telephony.events import LegRecorded, Party
from tests.recordings.sound import RATE, leg, silence, tone, write_wav

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def mix(*legs: LegRecorded) -> tuple[NDArray[np.int16], Levels, TimeLine]:
    line = lay_out(legs)
    assert line is not None
    file = io.BytesIO()
    levels = write_stereo(line, file)
    file.seek(0)
    samples, rate = soundfile.read(file, dtype="int16", always_2d=True)
    assert rate == RATE
    assert len(samples) == line.samples
    return samples, levels, line


def test_caller_is_left_and_agent_is_right_aligned_to_the_sample(tmp_path: Path) -> None:
    caller_sound, agent_sound = tone(3, 440), tone(2, 1000)
    caller = leg(tmp_path, Party.CALLER, caller_sound, at(10), 0)
    agent = leg(tmp_path, Party.AGENT, agent_sound, at(10.5), 0)
    samples, _, line = mix(caller, agent)
    assert line.started_at == at(10)
    assert line.problems == ()
    assert np.array_equal(samples[:, 0], caller_sound)
    assert np.array_equal(samples[4000:20000, 1], agent_sound)
    assert not samples[:4000, 1].any()
    assert not samples[20000:, 1].any()


def test_what_was_recorded_before_the_first_join_is_cut(tmp_path: Path) -> None:
    agent_sound = np.concatenate([tone(2, 300), tone(3, 1000)])
    caller = leg(tmp_path, Party.CALLER, tone(3, 440), at(12), 0)
    agent = leg(tmp_path, Party.AGENT, agent_sound, at(10), 2)
    samples, _, line = mix(caller, agent)
    assert line.started_at == at(12)
    assert line.seconds == 3
    assert np.array_equal(samples[:, 1], agent_sound[2 * RATE :])


def test_a_leg_that_never_joined_is_not_kept(tmp_path: Path) -> None:
    caller = leg(tmp_path, Party.CALLER, tone(2, 440), at(0), 0)
    agent = leg(tmp_path, Party.AGENT, silence(2), at(0), 0)
    rang = leg(tmp_path, Party.AGENT, tone(9, 700), at(0), None)
    samples, _, _ = mix(caller, agent, rang)
    assert len(samples) == 2 * RATE
    assert not samples[:, 1].any()


def test_a_call_nobody_joined_has_no_line(tmp_path: Path) -> None:
    assert lay_out([leg(tmp_path, Party.CALLER, tone(2, 440), at(0), None)]) is None
    assert lay_out([]) is None


def test_many_agents_follow_each_other_and_gaps_stay_silent(tmp_path: Path) -> None:
    caller = leg(tmp_path, Party.CALLER, tone(10, 440), at(0), 0)
    first = leg(tmp_path, Party.AGENT, tone(2, 800), at(0), 0)
    second = leg(tmp_path, Party.AGENT, tone(3, 900), at(6), 1)
    samples, _, _ = mix(caller, first, second)
    assert np.array_equal(samples[: 2 * RATE, 1], tone(2, 800))
    assert not samples[2 * RATE : 7 * RATE, 1].any()
    assert np.array_equal(samples[7 * RATE : 9 * RATE, 1], tone(3, 900)[RATE:])


def test_parties_that_speak_at_once_are_added_and_do_not_wrap_around(tmp_path: Path) -> None:
    loud = np.full(RATE, 30000, dtype=np.int16)
    caller = leg(tmp_path, Party.CALLER, -loud, at(0), 0)
    agent = leg(tmp_path, Party.AGENT, loud, at(0), 0)
    third = leg(tmp_path, Party.HOTLINE, loud, at(0), 0)
    samples, _, _ = mix(caller, agent, third)
    assert (samples[:, 1] == 32767).all()
    assert (samples[:, 0] == -30000).all()


def test_a_file_whose_header_was_never_finished_is_read_by_its_length(tmp_path: Path) -> None:
    sound = tone(2, 440)
    caller = leg(tmp_path, Party.CALLER, sound, at(0), 0)
    torn = bytearray(caller.path.read_bytes())
    torn[4:8], torn[40:44] = b"\0\0\0\0", b"\0\0\0\0"
    caller.path.write_bytes(torn + b"\x07")
    samples, _, line = mix(caller)
    assert np.array_equal(samples[:, 0], sound)
    assert any("修复" in problem for problem in line.problems)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not a wav file at all, just text", b"RIFF\0\0\0\0WAVEfmt "])
def test_what_is_not_a_wav_is_reported_and_the_other_leg_is_kept(tmp_path: Path, content: bytes) -> None:
    caller = leg(tmp_path, Party.CALLER, tone(2, 440), at(0), 0)
    agent = leg(tmp_path, Party.AGENT, tone(2, 440), at(0), 0)
    agent.path.write_bytes(content)
    _, _, line = mix(caller, agent)
    assert line.damaged == (agent,)
    assert any("话务员的录音无法读取" in problem for problem in line.problems)


def test_a_file_of_another_format_is_refused_with_what_it_is(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", tone(1, 440), rate=16000)
    with pytest.raises(WrongFormat, match="16000 Hz"):
        open_leg(tmp_path / "a.wav")
    write_wav(tmp_path / "b.wav", tone(1, 440), channels=2)
    with pytest.raises(WrongFormat, match="2 声道"):
        open_leg(tmp_path / "b.wav")


def test_a_missing_or_short_file_is_reported(tmp_path: Path) -> None:
    caller = leg(tmp_path, Party.CALLER, tone(10, 440), at(0), 0)
    agent = leg(tmp_path, Party.AGENT, tone(10, 440), at(0), 0)
    write_wav(agent.path, tone(4, 440))
    assert mix(caller, agent)[2].problems == ("录音不完整:话务员的录音比通话短 6.0 秒",)
    agent.path.unlink()
    assert mix(caller, agent)[2].problems == ("缺少话务员的录音文件",)


def test_levels_tell_a_voice_from_silence_even_when_it_speaks_rarely(tmp_path: Path) -> None:
    rare = np.concatenate([silence(60), tone(1, 400, 2000), silence(60)])
    caller = leg(tmp_path, Party.CALLER, rare, at(0), 0)
    agent = leg(tmp_path, Party.AGENT, tone(120, 400, 8), at(0), 0)
    _, levels, _ = mix(caller, agent)
    assert levels.loudest[0] > SILENT_BELOW
    assert levels.loudest[1] < SILENT_BELOW
    assert mix(caller)[1].loudest[1] == -math.inf


samples_of_leg = st.integers(0, 5 * RATE)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.tuples(samples_of_leg, st.integers(0, 3 * RATE), st.integers(0, 4 * RATE)), min_size=1, max_size=4),
)
def test_every_sample_after_the_join_is_where_its_time_says(tmp_path: Path, legs: list[tuple[int, int, int]]) -> None:
    """Each leg is one constant; so the sum in a channel tells exactly which legs are heard at a sample."""
    made = []
    for number, (length, start, join) in enumerate(legs):
        sound = np.full(length, 10**number, dtype=np.int16)
        party = Party.CALLER if number == 0 else Party.AGENT
        made.append(leg(tmp_path, party, sound, at(start / RATE), join / RATE))
    line = lay_out(made)
    assert line is not None
    origin = min(start + join for _, start, join in legs)
    expected = np.zeros((line.samples, 2), dtype=np.int32)
    for number, (length, start, join) in enumerate(legs):
        first, last = start + join - origin, start + length - origin
        if last > first:
            expected[first:last, 0 if number == 0 else 1] += 10**number
    file = io.BytesIO()
    write_stereo(line, file)
    got = np.frombuffer(file.getvalue()[44:], dtype="<i2").reshape(-1, 2)
    assert np.array_equal(got, expected)
    for one in made:
        one.path.unlink()
