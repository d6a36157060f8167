"""Use cases: ask for the sealed case file of a ticket, decide it, make it, fetch it, erase our copy."""

import asyncio
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from core.actors import SYSTEM, Actor
from core.errors import Conflict, NotFound, PartUnavailable
from core.ids import new_id
from core.personal import Personal, keys
from tickets import repository as tickets
from tickets.attachments.service import Attaching
from tickets.base import require_text, visible
from tickets.casefile import bundle, repository
from tickets.casefile.gather import CaseFacts, Evidence, Request, gather
from tickets.casefile.model import TicketCaseFile
from tickets.casefile.summary import mark_of, summary
from tickets.documents.service import Noticing
from tickets.exports.approval import decide
from tickets.ledger import LedgerEntry
from tickets.lifecycle import TicketEvent

_log = structlog.get_logger(__name__)

_KEPT = timedelta(days=30)
"""How long our copy waits to be fetched (product default; no clause). Its hash stands in the ledger for good."""


@dataclass(frozen=True, slots=True)
class CaseFileView:
    """A case file as people see it."""

    id: str
    ticket_id: str
    state: str
    recipient: str
    reason: Personal
    asked_by: str
    asked_name: str
    asked_at: datetime
    decided_name: str | None
    decided_at: datetime | None
    finished_at: datetime | None
    erase_at: datetime | None
    sha256: str | None


class CaseFiling(Noticing, Attaching):
    """Case files for accountability (JS-28.5, JS-29/30, YC-34.5, CZ-四(二)) and for the archive (JS-12c, YC-13.9a)."""

    async def ask_case_file(self, ticket_id: str, actor: Actor, *, reason: str, recipient: str) -> CaseFileView:
        """Ask for a case file; somebody else must approve it."""
        async with self._database.transaction() as session:
            ticket = await tickets.ticket(session, ticket_id)
            if ticket is None or not await visible(session, ticket, actor):
                raise NotFound("工单", ticket_id)
            row = TicketCaseFile(
                id=new_id(), ticket_id=ticket_id, state="asked", asked_by=actor.account_id, asked_name=actor.name,
                reason=Personal(require_text("reason", reason, most=500)), asked_at=self._clock.now(),
                recipient=require_text("recipient", recipient, most=100),
            )  # fmt: skip
            session.add(row)
        return _view(row)

    async def decide_case_file(self, case_id: str, actor: Actor, *, approved: bool) -> CaseFileView:
        """Approve or refuse a case file, never one's own."""
        async with self._database.transaction() as session:
            row = await repository.case_file(session, case_id)
            if row is None:
                raise NotFound("案卷", case_id)
            decide(row, actor, self._clock.now(), approved=approved)
            row.decided_name = actor.name
        return _view(row)

    async def case_files(self, ticket_id: str, actor: Actor) -> tuple[CaseFileView, ...]:
        """Return the case files of a ticket, oldest first."""
        async with self._database.reading() as session:
            ticket = await tickets.ticket(session, ticket_id)
            if ticket is None or not await visible(session, ticket, actor):
                raise NotFound("工单", ticket_id)
            return tuple(_view(row) for row in await repository.of_ticket(session, ticket_id))

    async def make_case_files(self, evidence: Evidence | None = None) -> int:
        """Make the approved case files; return how many. Begun anew after a crash.

        `evidence`: what the other rooms know.
        """
        async with self._database.reading() as session:
            waiting = await repository.approved(session)
        made = 0
        for case_id in waiting:
            try:
                await self._make_case(case_id, evidence)
                made += 1
            except PartUnavailable as error:  # the others must not wait for it; it is tried again
                _log.error("case_file_not_made", case_id=case_id, problem=error.problem, remedy=error.remedy)
        return made

    async def fetch_case_file(self, case_id: str, actor: Actor) -> tuple[str, Path]:
        """Return name and path of a finished case file, for who asked for it; each fetch stands in the ledger.

        Raises:
            NotFound: there is none, or it is somebody else's.
            Conflict: it is not ready, or our copy is erased.
        """
        async with self._database.reading() as session:
            row = await session.get(TicketCaseFile, case_id)
        if row is None or row.asked_by != actor.account_id:
            raise NotFound("案卷", case_id)
        path = self._case_path(case_id)
        if row.state == "done" and not path.is_file():
            raise PartUnavailable("tickets", "案卷文件缺失", remedy="从备份恢复 files/ 目录,或重新申请")
        if row.state != "done":
            raise Conflict("案卷尚未封存或已过领取期限", code="case_not_ready", detail={"state": row.state})
        async with self._change(row.ticket_id, actor) as change:
            change.record(TicketEvent.REVEALED, "领取案卷", {"case_id": case_id, "sha256": row.sha256})
            number = change.ticket.number
        return f"案卷-{number}.zip", path

    async def erase_case_files(self) -> int:
        """Erase our copies that nobody may fetch any more; return how many."""
        async with self._database.reading() as session:
            waiting = await repository.over(session, self._clock.now())
        for case_id in waiting:
            self._case_path(case_id).unlink(missing_ok=True)
            async with self._database.transaction() as session:
                row = await repository.case_file(session, case_id)
                if row is not None:
                    row.state, row.erase_at = "expired", None
        return len(waiting)

    async def _make_case(self, case_id: str, evidence: Evidence | None) -> None:
        async with self._database.reading() as session:
            row = await session.get_one(TicketCaseFile, case_id)
            ticket = await tickets.ticket(session, row.ticket_id)
            if ticket is None:
                raise NotFound("工单", row.ticket_id)
            profile = await self._profile_of(session, ticket.profile_version)
            facts = await gather(session, ticket, profile, evidence)
        request = Request(
            row.id, row.asked_name, row.asked_at, row.decided_name or "", row.decided_at or row.asked_at,
            row.reason.reveal(), row.recipient,
        )  # fmt: skip
        files = await self._files(facts, request)
        about = {
            "number": ticket.number, "ledger_head": ticket.ledger_head, "ledger_length": ticket.ledger_length,
            "ledger_check": facts.ledger_fault or "完整", "mark": mark_of(request), "case_id": row.id,
            "made_at": self._clock.now().isoformat(),
        }  # fmt: skip
        path = self._case_path(case_id)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(".part")
        try:
            await asyncio.to_thread(bundle.pack, part, files, about, keys().seal)
            part.replace(path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise PartUnavailable("tickets", f"案卷无法封存({error.strerror})", remedy="检查数据目录与附件") from error
        await self._sealed(row, await asyncio.to_thread(_digest, path))

    async def _sealed(self, made: TicketCaseFile, digest: str) -> None:
        async with self._change(made.ticket_id, SYSTEM) as change:
            row = await repository.case_file(change.session, made.id)
            if row is None or row.state != "approved":
                return
            row.state, row.sha256, row.finished_at, row.erase_at = "done", digest, change.now, change.now + _KEPT
            data = {
                "case_id": row.id, "sha256": digest, "recipient": row.recipient, "asked_by": row.asked_by,
                "decided_by": row.decided_by,
            }  # fmt: skip
            change.record(TicketEvent.CASE_SEALED, data=data)

    async def _files(self, facts: CaseFacts, request: Request) -> dict[str, bytes | Path]:
        from tickets.documents import page_type  # heavy: not at the start of every role and command

        words = summary(facts, request)
        files: dict[str, bytes | Path] = {
            "案卷.docx": await asyncio.to_thread(page_type.docx, words),
            "案卷.pdf": await asyncio.to_thread(page_type.pdf, words),
            bundle.LEDGER: _ledger(facts),
            "录音.json": _json(facts.recordings),
            "回访.json": _json(facts.callbacks),
        }
        for notice in facts.notices:
            name, contents = await self.notice_file(notice.id, SYSTEM, "pdf")
            files[f"文书/{name}"] = contents
        for one in facts.attachments:
            if one.erased_at is None:
                files[f"材料/{one.id}.{one.ending}"] = self._attachment_path(one)
        return files

    def _case_path(self, case_id: str) -> Path:
        if self.files is None:
            raise PartUnavailable("tickets", "没有存放案卷的目录", remedy="设置 HOTLINE_HOME")
        return self.files / "cases" / f"{case_id}.zip"


def _ledger(facts: CaseFacts) -> bytes:
    return _json([
        {
            **{name: getattr(row, name) for name in LedgerEntry.__slots__ if name != "at"},
            "at": row.at.isoformat(),
            "label": TicketEvent(row.event).label,
            "actor_name": row.actor_name,
            "note": row.note.reveal() if row.note else None,
        }
        for row in facts.events
    ])  # fmt: skip


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _view(row: TicketCaseFile) -> CaseFileView:
    return CaseFileView(**{name: getattr(row, name) for name in CaseFileView.__slots__})
