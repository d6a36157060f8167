"""Files of tickets: photos, letters and the like at events of the ledger."""

from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import APIRouter, Header, Query, Request, Response

from api.identity import ServicesOf
from api.on_ticket import ERRORS, OnTicket, on_ticket
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.fields import Identifier
from api.schemas.tickets_files import Attachment
from api.storable import FILE
from core.actors import Actor
from core.errors import InvalidInput
from tickets.attachments.kinds import Purpose

router = APIRouter(prefix="/tickets/{ticket_id}/attachments", tags=["tickets"])

_BODY = {
    "requestBody": {"required": True, "content": {FILE: {"schema": {"type": "string", "format": "binary"}}}},
}
_Named = Annotated[
    str,
    Header(
        alias="X-File-Name",
        min_length=1,
        max_length=1200,
        description="文件名,UTF-8 百分号编码;不放在地址中,因为地址会被记入日志 / percent-encoded; addresses are logged",
        examples=["%E7%8E%B0%E5%9C%BA.jpg"],
    ),
]


@router.post("", status_code=201, openapi_extra=_BODY, **operation("添加附件", "Add a file", *ERRORS, 413))
async def attach_to_ticket(
    on: Annotated[OnTicket, on_ticket(Act.TICKETS_ATTACH)],
    request: Request,
    name: _Named,
    purpose: Annotated[Purpose, Query(description="材料类别 / kind of material")] = Purpose.MATERIAL,
    note: Annotated[str | None, Query(max_length=200, description="说明,勿含个人信息 / without personal data")] = None,
) -> Attachment:
    """Add a file (the body, at most 20 MB: JPEG, PNG, PDF, DOCX, XLSX, WAV, MP3, MP4) as an event of the ledger."""
    if request.headers.get("content-type") != FILE:
        raise InvalidInput("Content-Type", f"须为 {FILE}")
    made = await on.tickets.attach(
        on.ticket_id,
        on.actor,
        _name_of(name),
        await request.body(),
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
    name = quote(seen.name.reveal() if seen.name else attachment_id, safe="")
    # never shown inside a page of ours: what a stranger sent must not run there
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(contents, media_type=seen.media_type, headers=headers)


def _name_of(given: str) -> str:
    try:
        name = unquote(given, errors="strict")
    except UnicodeDecodeError:
        raise InvalidInput("X-File-Name", "不是 UTF-8") from None
    if not name.isprintable() or "/" in name or "\\" in name:
        raise InvalidInput("X-File-Name", "含有不允许的字符")
    return name
