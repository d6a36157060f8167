"""Use cases: open what falls due, remind, draft, hand in, release, read; begin and end a public emergency."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.actors import SYSTEM, Actor, Role
from core.clock import LOCAL
from core.errors import Conflict, Forbidden, InvalidInput, NotFound, PartUnavailable
from core.ids import new_id
from core.outbox import enqueue
from core.personal import Personal
from core.wire import payload_of
from tickets import repository as tickets
from tickets.attachments import store
from tickets.attachments.kinds import MOST_BYTES, kind_of
from tickets.base import TicketServiceBase, require_text
from tickets.events import REPORT_DUE, UNIT_REMINDED, ReportDue, UnitReminder
from tickets.model import Unit
from tickets.reports import repository
from tickets.reports.due import Due, due_at_midnight, midnights
from tickets.reports.gathering import report_facts
from tickets.reports.model import PublicEmergency, Report, ReportEventRow
from tickets.reports.steps import after

_FORMS = frozenset({"docx", "pdf", "xlsx"})
_ASSESSED_LEVEL = 2


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report as people see it."""

    id: str
    title: str
    cadence: str
    period_start: date
    period_end: date
    unit_id: str | None
    due_at: datetime
    state: str
    to: tuple[str, ...]
    released_by: str
    clause: str
    basis: str
    handed_in_by: str | None
    handed_in_at: datetime | None
    late: bool
    """Handed in after its due instant, or not yet and overdue."""
    sha256: str | None
    released_at: datetime | None


class Reporting(TicketServiceBase):
    """Periodic reports (JS-19, YC-7.8, YC-25) and bulletins (YC-26, YC-33, YC-9.6, YZ-8c)."""

    async def open_reports(self) -> int:
        """Open what falls due soon, and remind who is late; return how many were opened. For the clock.

        What fell due while nobody looked is opened too, back to the last report; a new installation begins today.
        """
        try:
            return await self._open_reports()
        except IntegrityError:  # another clock opened the same ones at this moment
            return 0

    async def _open_reports(self) -> int:
        now, rule = self._clock.now(), self.profile.reports
        ahead = now + timedelta(hours=rule.open_before_hours.value)
        async with self._database.transaction() as session:
            since = await repository.latest_due(session) or now
            emergency = await repository.emergency(session) is not None
            units = [unit for unit in await tickets.units(session) if unit.active and unit.level == _ASSESSED_LEVEL]
            due = [
                one
                # a day is looked at again: an emergency may have begun after it was
                for midnight in midnights(min(since, now) - timedelta(days=1), ahead)
                for one in due_at_midnight(self.profile, midnight, public_emergency=emergency)
                if one.due_at > since or one.due_at > now
            ]
            rows = [row for one in due for row in _rows(one, units)]
            known = await repository.known(session, [row.once for row in rows])
            fresh = [row for row in rows if row.once not in known]
            for row in fresh:
                session.add(row)
                _note(session, row, SYSTEM, now, "opened", data={"due_at": row.due_at.isoformat()})
                await _tell(session, row, now)
            for row in await repository.to_remind(session, now):
                row.next_alert_at = now + timedelta(hours=rule.remind_every_hours.value)
                _note(session, row, SYSTEM, now, "reminded")
                await _tell(session, row, now)
        return len(fresh)

    async def reports(self, actor: Actor, state: str | None = None) -> list[ReportView]:
        """Return the newest reports; people of a unit see their own and those released to members."""
        async with self._database.reading() as session:
            rows = await repository.reports(session, state, actor.unit_id if actor.bound else None)
        return [_view(row, self._clock.now()) for row in rows]

    async def report_draft(self, report_id: str, actor: Actor) -> tuple[str, bytes]:
        """Return file name and a Word document with the figures of the period filled in."""
        async with self._database.reading() as session:
            row = await self._seen_report(session, report_id, actor)
            facts = await report_facts(session, self.profile, row, self._time_of(self.profile))
        from tickets.documents import page_type  # heavy: not at the start of every role and command
        from tickets.reports.contents import document

        period = _period(row)
        mark = f"草稿,未经审定。{actor.name} {self._clock.now().astimezone(LOCAL):%Y-%m-%d %H:%M}"
        words = document(
            self.profile, title=row.title, period=period, clause=row.clause, contents=row.contents, facts=facts,
            mark=mark,
        )  # fmt: skip
        return f"{row.title}({period}).docx", await asyncio.to_thread(page_type.docx, words)

    async def hand_in_report(
        self, report_id: str, actor: Actor, contents: bytes, *, to: tuple[str, ...] = (), note: str | None = None
    ) -> ReportView:
        """Hand a report in, with its distribution list (empty: the profile's); again as long as it is not released.

        Raises:
            InvalidInput: it is no DOCX, PDF or XLSX of at most 20 MB.
            TransitionRefused: it is released already.
        """
        kind = kind_of(contents)
        if kind is None or kind[0] not in _FORMS or len(contents) > MOST_BYTES:
            raise InvalidInput("file", "只接收20MB以内的DOCX、PDF、XLSX", code="report_kind")
        digest = hashlib.sha256(contents).hexdigest()
        async with self._database.transaction() as session:
            row = await self._seen_report(session, report_id, actor, locked=True)
            if row.unit_id != actor.unit_id:
                raise Forbidden("只能报送本单位的报告", code="report_of_another")
            row.state = after(row.state, "handed_in", row.released_by, actor)
            now = self._clock.now()
            row.handed_in_by, row.handed_in_at, row.next_alert_at = actor.account_id, now, None
            row.ending, row.sha256, row.to = kind[0], digest, list(to) or row.to
            _note(session, row, actor, now, "handed_in", note, {"sha256": digest, "to": row.to})
            await session.flush()
            await asyncio.to_thread(store.write, self._report_path(row), contents)
        return _view(row, now)

    async def decide_report(
        self, report_id: str, actor: Actor, *, released: bool, note: str | None = None
    ) -> ReportView:
        """Release a report or have it written again; never by who handed it in.

        Raises:
            Forbidden: it is the decider's own, or only the 主管部门 may (YC-26).
            TransitionRefused: there is nothing to decide.
        """
        async with self._database.transaction() as session:
            row = await self._seen_report(session, report_id, actor, locked=True)
            event, now = "released" if released else "refused", self._clock.now()
            row.state = after(row.state, event, row.released_by, actor)
            if row.handed_in_by == actor.account_id:
                raise Forbidden("不能审定本人报送的报告", code="report_own")
            if released:
                row.released_at = now
            else:
                row.next_alert_at = max(row.due_at, now)
            _note(session, row, actor, now, event, note, {"sha256": row.sha256, "to": row.to})
        return _view(row, now)

    async def report_file(self, report_id: str, actor: Actor) -> tuple[str, bytes]:
        """Return name and contents of a report that was handed in; who fetched it is on record."""
        async with self._database.transaction() as session:
            row = await self._seen_report(session, report_id, actor, locked=True)
            if row.sha256 is None:
                raise Conflict("报告尚未报送", code="report_not_there")
            contents = await asyncio.to_thread(store.read, self._report_path(row))
            if hashlib.sha256(contents).hexdigest() != row.sha256:
                raise Conflict("报告文件与登记不符", code="report_changed")
            _note(session, row, actor, self._clock.now(), "fetched")
        return f"{row.title}({_period(row)}).{row.ending}", contents

    async def report_events(self, report_id: str, actor: Actor) -> list[ReportEventRow]:
        """Return what happened to a report, in order."""
        async with self._database.reading() as session:
            await self._seen_report(session, report_id, actor)
            return list(await repository.events(session, report_id))

    async def begin_emergency(self, actor: Actor, title: str) -> str:
        """Begin a public emergency: where the profile orders it, reports are daily from now on (JS-19c)."""
        async with self._database.transaction() as session:
            if await repository.emergency(session):
                raise Conflict("已有进行中的突发公共事件", code="emergency_running")
            row = PublicEmergency(
                id=new_id(), title=require_text("title", title, most=100), began_at=self._clock.now(),
                began_by=actor.account_id,
            )  # fmt: skip
            session.add(row)
        return row.id

    async def end_emergency(self, actor: Actor) -> None:
        """End the public emergency; the usual cadence returns."""
        async with self._database.transaction() as session:
            row = await repository.emergency(session)
            if row is None:
                raise NotFound("突发公共事件", "-")
            row.ended_at, row.ended_by = self._clock.now(), actor.account_id

    async def _seen_report(
        self, session: AsyncSession, report_id: str, actor: Actor, *, locked: bool = False
    ) -> Report:
        row = await (repository.report(session, report_id) if locked else session.get(Report, report_id))
        if row is None or (actor.bound and not _for_unit(row, actor)):
            raise NotFound("报告", report_id)
        return row

    def _report_path(self, row: Report) -> Path:
        if self.files is None:
            raise PartUnavailable("tickets", "没有存放报告的目录", remedy="设置 HOTLINE_HOME")
        return self.files / "reports" / f"{row.id}-{(row.sha256 or '')[:12]}.{row.ending}"


def _for_unit(row: Report, actor: Actor) -> bool:
    if row.unit_id is None:
        return row.state == "released"
    return row.unit_id == actor.unit_id and actor.role is Role.UNIT


def _rows(due: Due, units: list[Unit]) -> list[Report]:
    reporters: list[str | None] = [unit.id for unit in units] if due.by == "units" else [None]
    start, end = due.period
    return [
        Report(
            id=new_id(), once=f"{due.title}:{due.cadence}:{start}:{unit_id or ''}", title=due.title,
            cadence=due.cadence, contents=due.contents, period_start=start, period_end=end, unit_id=unit_id,
            due_at=due.due_at, next_alert_at=due.due_at, state="open", to=list(due.to),
            released_by=due.released_by, clause=due.clause, basis=due.basis,
        )
        for unit_id in reporters
    ]  # fmt: skip


def _note(  # noqa: PLR0917 - one row, written in its order
    session: AsyncSession,
    row: Report,
    actor: Actor,
    now: datetime,
    event: str,
    note: str | None = None,
    data: dict[str, object] | None = None,
) -> None:
    session.add(
        ReportEventRow(
            id=new_id(), report_id=row.id, event=event, actor_id=actor.account_id, actor_name=actor.name, at=now,
            note=Personal.of(note), data=data or {},
        )
    )  # fmt: skip


async def _tell(session: AsyncSession, row: Report, now: datetime) -> None:
    key = f"report:{row.id}:{now.isoformat()}"
    if row.unit_id is not None:
        told = UnitReminder(row.id, f"{row.title}({_period(row)})", row.unit_id, "report", row.due_at, now)
        await enqueue(session, topic=UNIT_REMINDED, key=key, payload=payload_of(told), now=now)
        return
    due = ReportDue(row.id, row.title, _period(row), row.due_at, now >= row.due_at, now)
    await enqueue(session, topic=REPORT_DUE, key=key, payload=payload_of(due), now=now)


def _period(row: Report) -> str:
    return f"{row.period_start}至{row.period_end}" if row.period_end != row.period_start else str(row.period_start)


def _view(row: Report, now: datetime) -> ReportView:
    same = {name: getattr(row, name) for name in ReportView.__slots__ if name not in {"to", "late"}}
    return ReportView(**same, to=tuple(row.to), late=(row.handed_in_at or now) > row.due_at)
