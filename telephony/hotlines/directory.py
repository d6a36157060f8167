"""The directory of hotlines (pure): what a number is, who may be transferred to, and what is refused why.

What the regional regulation says of a number (mode, clause) comes from its profile; what only the centre knows (trunk,
contact, hours, skills) from its own list, `<home>/hotlines.csv`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.errors import Conflict, NotFound
from telephony.hotlines.hours import Hours, WorkingDays, parse, weekdays_work
from telephony.transfers.destinations import Destination


class Status(StrEnum):
    """Whether a number is in use."""

    ACTIVE = "active"
    CANCELLED = "cancelled"
    """Cancelled numbers never come back (YC-20)."""
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Mode:
    """What a way of merging means for telephony.

    Attributes:
        code: e.g. `full_merge`; `title`: its Chinese name.
        number_kept: False: the number is cancelled and vanishes from transfer lists.
        own_seats: who dials the number is answered by the partner, not by the 12345 queue.
        emergency: linked, never merged, never queued; no ordinary ticket.
    """

    code: str
    title: str
    number_kept: bool
    own_seats: bool
    emergency: bool
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Hotline:
    """One number, or one unit without a number of its own (`connect_unit`)."""

    number: str
    name: str
    mode: Mode
    subject: str = ""
    trunk: str = ""
    """Partner (`partners.toml`) behind whose trunk it is; empty: its seats are with us."""
    contact: str = ""
    """Number to dial on the trunk, when it is another than `number`."""
    hours: Hours = field(default_factory=lambda: parse(""))
    skills: tuple[str, ...] = ()
    queue: str = ""
    """Queue of its calls at 12345; empty: the plan of queues decides by the number dialled."""
    status: Status = Status.ACTIVE
    clause: str = ""
    flag: str = ""
    """A contradiction that the authority must settle; empty: none."""
    seats: tuple[str, ...] = ()
    """Agents' phones of its expert seats with us."""

    @property
    def cancelled(self) -> bool:
        """True when nobody may be transferred to it."""
        return self.status is Status.CANCELLED or not self.mode.number_kept

    @property
    def reachable(self) -> bool:
        """True when a transfer has somewhere to go without the carrier."""
        return bool(self.trunk or self.seats or self.queue or not self.mode.own_seats)


class Directory:
    """Every hotline of one centre.

    Args:
        hotlines: its entries.
        works: tells which days are worked, for opening hours on public holidays.
        carrier: gateway (host:port) that reaches numbers without a partner's trunk; empty: none.

    Raises:
        Conflict: a number stands twice.
    """

    def __init__(self, hotlines: Iterable[Hotline], works: WorkingDays = weekdays_work, carrier: str = "") -> None:
        found: dict[str, Hotline] = {}
        for hotline in hotlines:
            if hotline.number in found:
                raise Conflict(f"热线 {hotline.number} 在目录中重复")
            found[hotline.number] = hotline
        self._hotlines: Mapping[str, Hotline] = found
        self._works = works
        self._carrier = carrier

    def all(self) -> list[Hotline]:
        """Return every entry, cancelled ones too, by number."""
        return sorted(self._hotlines.values(), key=lambda one: (len(one.number), one.number))

    def find(self, number: str) -> Hotline | None:
        """Return the entry of a number."""
        return self._hotlines.get(number)

    def transfer_list(self, now: datetime) -> list[tuple[Hotline, bool]]:
        """Return whom an agent may transfer to, each with whether it is open now; cancelled ones are not in it."""
        return [(one, one.hours.are_open(now, self._works)) for one in self.all() if self._offered(one)]

    def destination(self, number: str, now: datetime) -> Destination | None:
        """Return where a transfer to `number` goes; None: its seats are with us, transfer to its queue.

        Raises:
            NotFound: it is not in the directory.
            Conflict: it is cancelled, suspended, closed now, or nobody was told how to reach it.
        """
        hotline = self._open(number, now)
        name = f"{hotline.number} {hotline.name}"
        if hotline.trunk:
            return Destination(hotline.contact or hotline.number, name, hotline.trunk, hotline.mode.emergency)
        if hotline.seats:
            return Destination(hotline.seats[0], name, others=hotline.seats[1:])
        if not hotline.mode.own_seats or hotline.queue:
            return None
        if not self._carrier:
            raise Conflict(
                f"{name}尚未配置中继(hotlines.csv 的 trunk 与 partners.toml,或 asterisk.carrier)",
                code="hotline_not_connected",
            )
        dialled = hotline.contact or hotline.number
        return Destination(dialled, name, emergency=hotline.mode.emergency, carrier=self._carrier)

    def _open(self, number: str, now: datetime) -> Hotline:
        """Return the entry of a number that may be transferred to now."""
        hotline = self._hotlines.get(number)
        if hotline is None:
            raise NotFound("热线", number)
        if hotline.cancelled:
            raise Conflict(
                f"{hotline.number}{hotline.name}已整体并入 12345,号码已取消,不能转接;由 12345 直接受理",
                code="hotline_cancelled",
            )
        if hotline.status is Status.SUSPENDED:
            raise Conflict(f"{hotline.number}{hotline.name}已暂停服务", code="hotline_suspended")
        if not hotline.hours.are_open(now, self._works):
            raise Conflict(
                f"{hotline.number}{hotline.name}不在服务时间(服务时间 {hotline.hours.text})", code="hotline_closed"
            )
        return hotline

    def emergencies(self) -> list[Hotline]:
        """Return emergency and utility lines: one key each, never queued (YC-15, YZ-5)."""
        return [one for one in self.all() if one.mode.emergency and not one.cancelled]

    def flags(self) -> list[Hotline]:
        """Return entries with a contradiction that the authority must settle."""
        return [one for one in self.all() if one.flag]

    def _offered(self, one: Hotline) -> bool:
        return not one.cancelled and one.status is Status.ACTIVE and (one.reachable or bool(self._carrier))
