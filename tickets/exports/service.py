"""Use cases: ask for an export, decide it, make it, fetch it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Row

from core.actors import BOUND_TO_A_UNIT, Actor, Role
from core.clock import LOCAL
from core.errors import Conflict, NotFound, PartUnavailable
from core.ids import new_id
from core.personal import Personal
from tickets.base import require_text
from tickets.exports import repository
from tickets.exports.approval import decide
from tickets.exports.model import TicketExport
from tickets.lists import repository as lists
from tickets.lists.entries import TicketEntry
from tickets.lists.filters import ListFilter
from tickets.lists.service import Listing

_PAGE = 1000
_COLUMNS = (
    ("工单编号", "number"), ("状态", "state_label"), ("渠道", "channel"), ("类别", "category_label"), ("标题", "title"),
    ("紧急程度", "urgency"), ("承办单位", "unit_name"), ("建立时间", "created_at"), ("办理期限", "due_at"),
    ("预警", "card"), ("重复反映", "repeat_calls"), ("满意度", "rating"), ("办结时间", "closed_at"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExportView:
    """An export as people see it."""

    id: str
    state: str
    form: str
    asked_by: str
    asked_name: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    rows_total: int
    rows_done: int
    finished_at: datetime | None
    sha256: str | None


class Exporting(Listing):
    """Exports of lists. They hold no personal columns, no confidential tickets, and who asked, in every row (YC-27)."""

    async def ask_export(
        self, actor: Actor, wanted: ListFilter, form: Literal["csv", "xlsx"], reason: str
    ) -> ExportView:
        """Ask for an export; somebody else must approve it."""
        async with self._database.transaction() as session:
            row = TicketExport(
                id=new_id(), state="asked", form=form, wanted=wanted.model_dump_json(),
                reason=Personal(require_text("reason", reason, most=500)), asked_by=actor.account_id,
                asked_name=actor.name, asked_role=actor.role.value, unit_id=actor.unit_id, rows_total=0, rows_done=0,
                asked_at=self._clock.now(),
            )  # fmt: skip
            session.add(row)
        return _view(row)

    async def decide_export(self, export_id: str, actor: Actor, *, approved: bool) -> ExportView:
        """Approve or refuse an export.

        Raises:
            Forbidden: it is the decider's own.
            Conflict: it is decided already.
        """
        async with self._database.transaction() as session:
            row = await repository.export(session, export_id)
            if row is None:
                raise NotFound("导出", export_id)
            decide(row, actor, self._clock.now(), approved=approved)
        return _view(row)

    async def exports(self, actor: Actor) -> tuple[ExportView, ...]:
        """Return exports, newest first: one's own, or all for who decides; `rows_done` tells how far each is."""
        own = None if actor.role is Role.SUPERVISOR else actor.account_id
        async with self._database.reading() as session:
            return tuple(_view(row) for row in await repository.exports(session, own))

    async def make_exports(self) -> int:
        """Make the approved exports; return how many. Begun anew after a crash."""
        async with self._database.reading() as session:
            waiting = await repository.approved(session)
        for export_id in waiting:
            await self._make(export_id)
        return len(waiting)

    async def fetch_export(self, export_id: str, actor: Actor) -> tuple[str, Path]:
        """Return name and path of a finished export, for who asked for it; the fetch is on record.

        Raises:
            NotFound: there is none, or it is somebody else's.
            Conflict: it is not ready.
        """
        async with self._database.transaction() as session:
            row = await repository.export(session, export_id)
            if row is None or row.asked_by != actor.account_id:
                raise NotFound("导出", export_id)
            if row.state != "done":
                raise Conflict("导出尚未完成", code="export_not_ready", detail={"state": row.state})
            row.fetched_at = self._clock.now()
            return f"工单-{row.asked_at.astimezone(LOCAL):%Y%m%d%H%M}.{row.form}", self._path(row)

    async def _make(self, export_id: str) -> None:
        async with self._database.reading() as session:
            row = await session.get_one(TicketExport, export_id)
        wanted = ListFilter.model_validate_json(row.wanted)
        unit_id = row.unit_id if row.asked_role in BOUND_TO_A_UNIT else None
        conditions = lists.matching(wanted, unit_id=unit_id, confidential=False)
        mark = f"{row.asked_name} {row.asked_at.astimezone(LOCAL):%Y-%m-%d %H:%M} {row.id}"
        path = self._path(row)
        path.parent.mkdir(parents=True, exist_ok=True)
        async with self._database.reading() as session:
            total = await lists.count(session, conditions)
        await self._note(export_id, rows_total=total)
        from tickets.exports.sheets import sheet  # heavy: not at the start of every role and command

        with sheet(row.form, path) as out:
            out.write([f"内部资料,请勿外传。导出人及编号:{mark}"])
            out.write([*(title for title, _ in _COLUMNS), "导出标识"])
            before, done = None, 0
            while rows := await self._page(conditions, before):
                for entry in rows:
                    out.write([*(_cell(getattr(entry, name)) for _, name in _COLUMNS), mark])
                before, done = rows[-1].id, done + len(rows)
                await self._note(export_id, rows_done=done)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        await self._note(export_id, state="done", sha256=digest, finished_at=self._clock.now())

    async def _page(self, conditions: Sequence[Any], before: str | None) -> tuple[TicketEntry, ...]:
        async with self._database.reading() as session:
            rows: Sequence[Row[Any]] = await lists.page(session, conditions, before, _PAGE)
            return await self._entries(session, rows)

    async def _note(self, export_id: str, **values: object) -> None:
        async with self._database.transaction() as session:
            row = await repository.export(session, export_id)
            for name, value in values.items():
                setattr(row, name, value)

    def _path(self, row: TicketExport) -> Path:
        if self.files is None:
            raise PartUnavailable("tickets", "没有存放导出文件的目录", remedy="设置 HOTLINE_HOME")
        return self.files / "exports" / f"{row.id}.{row.form}"


def _cell(value: object) -> object:
    return f"{value.astimezone(LOCAL):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value


def _view(row: TicketExport) -> ExportView:
    return ExportView(**{name: getattr(row, name) for name in ExportView.__slots__})
