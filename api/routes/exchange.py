"""The outside world: platforms with signed requests, citizens with number and query code."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request

from api.identity import AddressOf, ServicesOf
from api.on_ticket import ERRORS, OnTicket, on_ticket
from api.operations import operation, permitted, public
from api.permissions import Act
from api.schemas.fields import Identifier
from api.schemas.tickets import NeededNote, Ticket
from api.schemas.tickets_oversight import (
    HandOver,
    HandUp,
    PlatformOf,
    PlatformSecret,
    Progress,
    ProgressOf,
    Step,
    UpperReportOf,
)
from core.actors import Actor
from core.errors import NotFound
from core.personal import Personal
from tickets.exchange.model import Platform
from tickets.exchange.service import Progress as Found
from tickets.exchange.upward import UpperReport

router = APIRouter(tags=["exchange"])


async def _signed(
    request: Request,
    services: ServicesOf,
    x_platform: Annotated[str, Header(max_length=24, description="平台名称 / name of the platform")],
    x_timestamp: Annotated[str, Header(max_length=12, description="Unix 秒 / Unix seconds")],
    x_signature: Annotated[
        str,
        Header(
            max_length=64,
            description="HMAC-SHA256(密钥, 时间\\n方法\\n路径\\nSHA-256(正文)),十六进制 / hex HMAC-SHA256 of "
            "timestamp, method, path and SHA-256 of the body, one a line",
        ),
    ],
) -> Platform:
    return await services.tickets.signed_platform(
        x_platform, x_timestamp, x_signature, method=request.method, path=request.url.path, body=await request.body()
    )


Signed = Annotated[Platform, Depends(_signed)]


def _shown(found: Found) -> Progress:
    return Progress(
        number=found.number, state=found.state, state_label=found.state_label, category=found.category,
        steps=[Step(at=at, what=what) for at, what in found.steps], closed_at=found.closed_at, guidance=found.guidance,
    )  # fmt: skip


@router.post("/progress", **public("市民查询进度", "How a ticket stands", 404, 422, 429, 503))
async def ask_progress(services: ServicesOf, address: AddressOf, given: ProgressOf) -> Progress:
    """Return how a ticket stands to whoever knows number and query code; few tries, no personal data."""
    asked = f"progress:{given.number}"
    await services.accounts.limiter.attempt(asked, address)
    found = await services.tickets.progress(given.number, given.code)
    await services.accounts.limiter.succeeded(asked, address)
    return _shown(found)


@router.post(
    "/exchange/tickets", status_code=201, **public("外部平台转入工单", "Hand over a ticket", 401, 409, 422, 503)
)
async def hand_over_ticket(services: ServicesOf, platform: Signed, given: HandOver) -> Progress:
    """Open the ticket another platform hands over; the same `external_id` again gives the same ticket."""
    caller = Personal(given.caller_phone.strip()) if given.caller_phone else None
    fields = given.fields.model_dump(exclude_unset=True)
    return _shown(await services.tickets.hand_over(platform, given.external_id, fields, caller))


@router.get(
    "/exchange/tickets/{external_id}",
    **public("外部平台查询工单", "State of a handed-over ticket", 401, 404, 422, 503),
)
async def get_handed_over_ticket(services: ServicesOf, platform: Signed, external_id: Identifier) -> Progress:
    """Return how a ticket stands that the platform handed over."""
    return _shown(await services.tickets.handed_over(platform, external_id))


@router.post(
    "/exchange/hand-ups/{number}/reports",
    **public("上级平台反馈", "The platform above reports on a ticket", 401, 404, 409, 422, 503),
)
async def take_upper_report(services: ServicesOf, platform: Signed, number: Identifier, given: UpperReportOf) -> HandUp:
    """Take a receipt, progress, return or result; the same sequence number again changes nothing."""
    if platform.name != services.settings.upper.platform:
        raise NotFound("工单", number)
    report = UpperReport(given.sequence, given.state, given.number, given.text)
    return HandUp.model_validate(await services.tickets.take_upper_report(number, report))


@router.post("/tickets/{ticket_id}/hand-up", **operation("移交上级平台", "Hand a ticket up", *ERRORS))
async def hand_ticket_up(on: Annotated[OnTicket, on_ticket(Act.TICKETS_HAND_UP)], given: NeededNote) -> Ticket:
    """Hand a ticket to the platform above; receipt and reports come into its ledger."""
    await on.tickets.hand_up(on.ticket_id, on.actor, given.note, on.version)
    return await on.shown()


@router.get("/tickets/{ticket_id}/hand-ups", **operation("上级平台办理情况", "How a ticket stands above", *ERRORS))
async def list_hand_ups(on: Annotated[OnTicket, on_ticket(Act.TICKETS_READ)]) -> list[HandUp]:
    """Return how a ticket stands above, oldest hand-up first."""
    return [HandUp.model_validate(one) for one in await on.tickets.hand_ups(on.ticket_id, on.actor)]


@router.post("/platforms", status_code=201, **operation("登记外部平台", "Register an outside platform", 409))
async def add_platform(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.ACCOUNTS_MANAGE)], given: PlatformOf
) -> PlatformSecret:
    """Register an outside platform; its secret is shown this once."""
    del actor
    return PlatformSecret(
        name=given.name,
        secret=await services.tickets.add_platform(given.name, given.title, given.source, given.report_url),
    )
