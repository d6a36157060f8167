"""Recordings of talks with more than two legs, each at its place on one time line."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import soundfile

from recordings.mixing import lay_out, write_stereo
from telephony.events import LegRecorded, Party
from telephony.phones.sound import RATE, has_tone, tone, write_wav

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HERTZ = {"caller": 440, "agent": 700, "hotline": 1000, "second": 1300}


def leg(tmp_path: Path, name: str, party: Party, first: float, last: float) -> LegRecorded:
    """A leg that recorded from 0.5 s before it joined at `first` until `last`, speaking its tone all the time."""
    path = tmp_path / f"{name}.wav"
    write_wav(path, tone(HERTZ[name], last - first + 0.5, amplitude=6000))
    at = [START + timedelta(seconds=second) for second in (first - 0.5, first, last)]
    return LegRecorded("c", name, party, path, at[0], at[1], at[2])


def test_four_legs_that_come_and_go_stand_on_one_time_line(tmp_path: Path) -> None:
    legs = [
        leg(tmp_path, "caller", Party.CALLER, 0.0, 9.0),
        leg(tmp_path, "agent", Party.AGENT, 0.0, 5.0),
        leg(tmp_path, "hotline", Party.HOTLINE, 2.0, 4.0),
        leg(tmp_path, "second", Party.HOTLINE, 4.5, 10.0),
    ]
    line = lay_out(legs)
    assert line is not None
    assert line.problems == ()
    assert line.seconds == 10.0
    file = BytesIO()
    write_stereo(line, file)
    file.seek(0)
    samples, rate = soundfile.read(file, dtype="int16")
    assert rate == RATE
    heard = {
        second: [
            {name for name, hertz in HERTZ.items() if has_tone(samples[int(second * RATE) :][: RATE // 4, side], hertz)}
            for side in (0, 1)
        ]
        for second in (1.0, 3.0, 4.1, 4.7, 6.0, 9.5)
    }
    assert heard == {
        1.0: [{"caller"}, {"agent"}],
        3.0: [{"caller"}, {"agent", "hotline"}],
        4.1: [{"caller"}, {"agent"}],
        4.7: [{"caller"}, {"agent", "second"}],
        6.0: [{"caller"}, {"second"}],
        9.5: [set(), {"second"}],
    }
