"""What a check of the doctor tells: one finding a part, with what to do about it."""

from dataclasses import dataclass
from enum import StrEnum

from core.errors import PartUnavailable


class Level(StrEnum):
    """How grave a finding is."""

    OK = "正常 OK"
    WARNING = "提醒 note"
    """Works today, but somebody must do something in time."""
    TODO = "待建 to do"
    """Nothing is wrong: a step of the installation that was not taken yet."""
    PROBLEM = "异常 fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of one part; `problem` and `remedy` are read by the operator."""

    part: str
    level: Level
    problem: str = ""
    """What is wrong; for a part that is well, what was seen."""
    remedy: str = ""

    @property
    def ok(self) -> bool:
        """True unless something is wrong now."""
        return self.level is not Level.PROBLEM


def well(part: str, seen: str = "") -> Finding:
    """The part works; `seen` tells by what."""
    return Finding(part, Level.OK, seen)


def note(part: str, problem: str, remedy: str) -> Finding:
    """The part works, but not for ever."""
    return Finding(part, Level.WARNING, problem, remedy)


def todo(part: str, seen: str, remedy: str) -> Finding:
    """The part is not there yet, and need not be."""
    return Finding(part, Level.TODO, seen, remedy)


def wrong(part: str, problem: str, remedy: str) -> Finding:
    """The part does not work."""
    return Finding(part, Level.PROBLEM, problem, remedy)


def from_error(part: str, error: PartUnavailable) -> Finding:
    """The part said itself what is wrong with it."""
    return wrong(part, error.problem, error.remedy)
