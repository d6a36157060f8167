"""The directory of hotlines of this centre: the numbers of the regulation, the centre's own list over them."""

from dataclasses import replace
from pathlib import Path

import structlog

from core.errors import PartUnavailable
from core.settings import Settings
from hotline.tickets import calendar_file, own_profiles, profile
from telephony.hotlines import sheet
from telephony.hotlines.directory import Directory, Hotline, Mode, Status
from telephony.hotlines.hours import WorkingDays, weekdays_work
from telephony.hotlines.sheet import Rules, Sheet
from tickets.calendar_table import FollowedCalendar
from tickets.profile import Profile

log = structlog.get_logger(__name__)

FILE = "hotlines.csv"

_CONTRADICTIONS = {"AMB-25": "办法第十八条与第十九条均列有 12320,现按保留 12320、取消 12356 处理,须报主管部门确认"}
"""What the notes of a profile's numbers stand for."""


def rules_of(regulation: Profile) -> Rules:
    """Return what the regional regulation says of modes and numbers."""
    modes = {
        code: Mode(code, mode.title, mode.number_kept, mode.legacy_seats, not mode.ordinary_ticket, mode.clause)
        for code, mode in regulation.hotlines.modes.items()
    }
    by_title = {mode.title: mode for mode in modes.values()}
    fixed = {number: (line.mode, line.clause) for number, line in regulation.hotlines.numbers.items()}
    return Rules({**by_title, **modes}, fixed)


def shipped(regulation: Profile) -> list[Hotline]:
    """Return the numbers that the regulation itself lists."""
    rules = rules_of(regulation)
    return [
        Hotline(
            number,
            line.name,
            rules.modes[line.mode],
            status=Status.ACTIVE if rules.modes[line.mode].number_kept else Status.CANCELLED,
            clause=line.clause,
            flag=_CONTRADICTIONS.get(line.note or "", ""),
        )
        for number, line in regulation.hotlines.numbers.items()
    ]


def own_list(settings: Settings) -> Path:
    """Return where the centre's own list is."""
    return settings.home / FILE


def open_directory(settings: Settings) -> Directory:
    """Return the directory: the regulation's numbers, completed and extended by the centre's own list.

    Raises:
        InvalidInput: the own list cannot be read.
    """
    regulation = profile(settings.profile, own_profiles(settings))
    known = {one.number: one for one in shipped(regulation)}
    path = own_list(settings)
    if path.exists():
        for one in sheet.read(path, rules_of(regulation)).taken:
            known[one.number] = _over(known.get(one.number), one)
    return Directory(known.values(), _working_days(settings), settings.asterisk.carrier)


def _working_days(settings: Settings) -> WorkingDays:
    """Return the calendar; a table that cannot be read must not keep anybody from being transferred."""
    try:
        calendar = FollowedCalendar(calendar_file(settings))
    except PartUnavailable as error:
        log.warning("calendar_not_read", problem=error.message)
        return weekdays_work
    return lambda day: calendar.day(day).works


def take_in(settings: Settings, file: Path) -> Sheet:
    """Take a CSV or XLSX list into the centre's own; lines of it replace those of the same number.

    Raises:
        InvalidInput: the file as a whole cannot be read; nothing is changed.
    """
    rules = rules_of(profile(settings.profile, own_profiles(settings)))
    brought = sheet.read(file, rules)
    path = own_list(settings)
    kept = {one.number: one for one in (sheet.read(path, rules).taken if path.exists() else ())}
    kept |= {one.number: one for one in brought.taken}
    if brought.taken:
        sheet.write(path, kept.values())
    return brought


def _over(listed: Hotline | None, own: Hotline) -> Hotline:
    """A cancelled number stays cancelled (YC-20), whatever a list says; a contradiction stays flagged."""
    if listed is None:
        return own
    status = Status.CANCELLED if listed.status is Status.CANCELLED else own.status
    return replace(own, status=status, clause=listed.clause, flag=listed.flag)
