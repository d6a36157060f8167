"""Verification of what was done: methods, purposes, results, and what a result asks for. Pure."""

from enum import StrEnum


class Method(StrEnum):
    """How it was verified (FJ-21, FJ-23a); the value is stored."""

    RATING = "rating"
    TELEPHONE = "telephone"
    MESSAGE = "message"
    ON_SITE = "on_site"
    INTERVIEW = "interview"
    SAMPLE = "sample"

    @property
    def label(self) -> str:
        """The method in Chinese."""
        return _METHODS[self]

    @property
    def in_person(self) -> bool:
        """Whether somebody went there: then place and people belong to the record."""
        return self in (Method.ON_SITE, Method.INTERVIEW)


class Purpose(StrEnum):
    """What it was done for; the value is stored."""

    VERIFICATION = "verification"
    CALLBACK = "callback"
    INVESTIGATION = "investigation"
    RECHECK = "recheck"

    @property
    def label(self) -> str:
        """The purpose in Chinese."""
        return _PURPOSES[self]


class Result(StrEnum):
    """What was found; the value is stored."""

    CONFIRMED = "confirmed"
    NOT_SOLVED = "not_solved"
    UNTRUE = "untrue"

    @property
    def label(self) -> str:
        """The result in Chinese."""
        return _RESULTS[self]

    @property
    def asks_rectification(self) -> bool:
        """Whether the unit must make it good (FJ-23c)."""
        return self is not Result.CONFIRMED


_METHODS = {
    Method.RATING: "诉求人评价",
    Method.TELEPHONE: "电话询问",
    Method.MESSAGE: "短信询问",
    Method.ON_SITE: "现场察看",
    Method.INTERVIEW: "当面访谈",
    Method.SAMPLE: "抽查办件",
}
_PURPOSES = {
    Purpose.VERIFICATION: "核实",
    Purpose.CALLBACK: "回访",
    Purpose.INVESTIGATION: "调查核实",
    Purpose.RECHECK: "回访复核",
}
_RESULTS = {
    Result.CONFIRMED: "属实,已落实",
    Result.NOT_SOLVED: "未落实",
    Result.UNTRUE: "答复与事实不符",
}
