"""Files of tickets: photos, letters and the like at events of the ledger."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.files import FILE_BODY, FileName, given_file, name_of, sent_file
from api.identity import ServicesOf
from api.on_ticket import ERRORS, OnTicket, on_ticket
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.fields import Identifier
from api.schemas.tickets_files import Attachment
from core.actors import Actor
from tickets.attachments.kinds import Purpose

router = APIRouter(prefix="/tickets/{ticket_id}/attachments", tags=["tickets"])


@router.post("", status_code=201, openapi_extra=FILE_BODY, **operation("添加附件", "Add a file", *ERRORS, 413))
async def attach_to_ticket(
    on: Annotated[OnTicket, on_ticket(Act.TICKETS_ATTACH)],
    request: Request,
    name: FileName,
    purpose: Annotated[Purpose, Query(description="材料类别 / kind of material")] = Purpose.MATERIAL,
    note: Annotated[str | None, Query(max_length=200, description="说明,勿含个人信息 / without personal data")] = None,
) -> Attachment:
    """Add a file (the body, at most 20 MB: JPEG, PNG, PDF, DOCX, XLSX, WAV, MP3, MP4) as an event of the ledger."""
    contents = await sent_file(request)
    made = await on.tickets.attach(
        on.ticket_id,
        on.actor,
        name_of(name),
        contents,
        note=note,
        purpose=purpose,
        expected_version=on.version,
    )
    return Attachment.model_validate(made)


@router.get("", **operation("附件列表", "Files of a ticket", 404))
async def list_ticket_attachments(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.TICKETS_READ)], ticket_id: Identifier
) -> list[Attachment]:
    """Return the files of a ticket, oldest first; names are masked."""
    return [Attachment.model_validate(one) for one in await services.tickets.attachments(ticket_id, actor)]


@router.get("/{attachment_id}/file", response_class=Response, **operation("查看附件", "Look at a file", 404, 409))
async def get_ticket_attachment(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_REVEAL)],
    ticket_id: Identifier,
    attachment_id: Identifier,
) -> Response:
    """Return a file; who looked at it stands in the ledger."""
    seen, contents = await services.tickets.attachment_file(ticket_id, attachment_id, actor)
    return given_file(seen.name.reveal() if seen.name else attachment_id, contents, seen.media_type)
