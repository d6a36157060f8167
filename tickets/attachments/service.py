"""Use cases: files at events of the ledger; kept as long as the ticket, then erased."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.actors import SYSTEM, Actor
from core.errors import Conflict, InvalidInput, NotFound, PartUnavailable
from core.ids import new_id
from core.personal import Personal
from tickets import repository as tickets
from tickets.attachments import repository, store
from tickets.attachments.kinds import MOST_A_TICKET, MOST_BYTES, TAKEN, Purpose, kind_of
from tickets.attachments.model import TicketAttachment
from tickets.base import Change, TicketServiceBase, require_text, visible
from tickets.lifecycle import TicketEvent

_NAME_LENGTH = 120
_BATCH = 500


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """A file as people see it."""

    id: str
    seq: int
    name: Personal | None
    purpose: str
    media_type: str
    size: int
    sha256: str
    added_by: str
    added_at: datetime
    erased_at: datetime | None


class Attaching(TicketServiceBase):
    """Files of tickets."""

    async def attach(
        self,
        ticket_id: str,
        actor: Actor,
        name: str,
        contents: bytes,
        *,
        note: str | None = None,
        purpose: Purpose = Purpose.MATERIAL,
        expected_version: int | None = None,
    ) -> AttachmentView:
        """Add a file as an event of the ledger, which keeps its hash.

        Raises:
            InvalidInput: empty, too large, of a kind that is not taken, or one too many.
            PartUnavailable: it cannot be kept.
        """
        if not 0 < len(contents) <= MOST_BYTES:
            raise InvalidInput("file", f"文件不能为空,不超过{MOST_BYTES // 10**6}MB", code="attachment_size")
        kind = kind_of(contents)
        if kind is None:
            raise InvalidInput("file", f"只接收{TAKEN}", code="attachment_kind")
        row = TicketAttachment(
            id=new_id(), ticket_id=ticket_id, name=Personal(require_text("name", name, most=_NAME_LENGTH)),
            ending=kind[0], media_type=kind[1], size=len(contents), sha256=hashlib.sha256(contents).hexdigest(),
            added_by=actor.account_id, purpose=purpose.value,
        )  # fmt: skip
        path, written = self._attachment_path(row), False
        try:
            async with self._change(ticket_id, actor, expected_version) as change:
                await _check_count(change)
                data = {
                    "attachment_id": row.id, "media_type": row.media_type, "size": row.size, "sha256": row.sha256,
                    "purpose": row.purpose,
                }  # fmt: skip
                change.record(TicketEvent.ATTACHED, note, data)
                row.seq, row.added_at = change.ticket.ledger_length, change.now
                change.session.add(row)
                await change.session.flush()
                await asyncio.to_thread(store.write, path, contents)
                written = True
        except BaseException:
            if written:  # the event was not kept, so the file is nobody's
                path.unlink(missing_ok=True)
            raise
        return _view(row)

    async def attachments(self, ticket_id: str, actor: Actor) -> tuple[AttachmentView, ...]:
        """Return the files of a ticket, oldest first."""
        async with self._database.reading() as session:
            ticket = await tickets.ticket(session, ticket_id)
            if ticket is None or not await visible(session, ticket, actor):
                raise NotFound("工单", ticket_id)
            return tuple(_view(row) for row in await repository.of_ticket(session, ticket_id))

    async def attachment_file(self, ticket_id: str, attachment_id: str, actor: Actor) -> tuple[AttachmentView, bytes]:
        """Return a file to look at; who looked stands in the ledger (a photo shows people).

        Raises:
            NotFound: there is none.
            Conflict: it was erased, or its bytes are not those that were added.
        """
        async with self._change(ticket_id, actor) as change:
            row = await repository.attachment(change.session, ticket_id, attachment_id)
            if row is None:
                raise NotFound("附件", attachment_id)
            if row.erased_at is not None:
                raise Conflict("附件保存期满,已删除", code="attachment_erased")
            contents = await asyncio.to_thread(store.read, self._attachment_path(row))
            if hashlib.sha256(contents).hexdigest() != row.sha256:
                raise Conflict("附件内容与台账记录不符", code="attachment_changed")
            change.record(TicketEvent.REVEALED, data={"attachment_id": attachment_id})
        return _view(row), contents

    async def erase_attachments(self, limit: int = _BATCH) -> int:
        """Erase the files whose ticket's time is over, with an event in its ledger; return how many."""
        async with self._database.reading() as session:
            waiting = [(row.ticket_id, row.id) for row in await repository.due(session, self._clock.now(), limit)]
        for ticket_id, attachment_id in waiting:
            async with self._change(ticket_id, SYSTEM) as change:
                row = await repository.attachment(change.session, ticket_id, attachment_id)
                if row is None or row.erased_at is not None:
                    continue
                data = {"attachment_id": row.id, "sha256": row.sha256, "clause": row.erase_clause}
                change.record(TicketEvent.ATTACHMENT_ERASED, data=data)
                row.name, row.erase_at, row.erased_at = None, None, change.now
                await change.session.flush()
                # last, so that nothing is erased without its event; a second try finds no file and is content
                self._attachment_path(row).unlink(missing_ok=True)
        return len(waiting)

    def _attachment_path(self, row: TicketAttachment) -> Path:
        if self.files is None:
            raise PartUnavailable("tickets", "没有存放附件的目录", remedy="设置 HOTLINE_HOME")
        return self.files / "attachments" / row.ticket_id / f"{row.id}.{row.ending}"


async def _check_count(change: Change) -> None:
    if await repository.count(change.session, change.ticket.id) >= MOST_A_TICKET:
        raise InvalidInput("file", f"一件工单不超过{MOST_A_TICKET}个附件", code="attachment_count")


def _view(row: TicketAttachment) -> AttachmentView:
    return AttachmentView(**{name: getattr(row, name) for name in AttachmentView.__slots__})
