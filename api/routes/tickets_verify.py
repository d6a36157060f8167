"""Verification, the tasks that follow from it, and what special matters ask for."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.identity import ServicesOf
from api.on_ticket import ERRORS, OnTicket, on_ticket
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.fields import Identifier
from api.schemas.tickets import NeededNote, Ticket
from api.schemas.tickets_team import Told
from api.schemas.tickets_verify import (
    AdoptionOf,
    ContactAgain,
    Opened,
    Retaliation,
    Task,
    Telephoned,
    UnderCampaign,
    Verification,
)
from core.actors import Actor
from tickets.duties import DutyKind
from tickets.verifying.service import VerificationFields

router = APIRouter(tags=["tickets"])

_AT = "/tickets/{ticket_id}"
_Verifier = Annotated[OnTicket, on_ticket(Act.TICKETS_VERIFY)]
_OfUnit = Annotated[OnTicket, on_ticket(Act.TICKETS_HANDLE)]
_Reader = Annotated[Actor, permitted(Act.TICKETS_READ)]


@router.post(f"{_AT}/verifications", status_code=201, **operation("登记核实", "Record a verification", *ERRORS))
async def verify_ticket(on: _Verifier, given: VerificationFields) -> Verification:
    """Record a verification by telephone, message, talk or visit; a finding becomes a task of the unit."""
    return Verification.model_validate(await on.tickets.verify(on.ticket_id, on.actor, given, on.version))


@router.get(f"{_AT}/verifications", **operation("核实记录", "Verifications of a ticket", 404))
async def list_ticket_verifications(services: ServicesOf, actor: _Reader, ticket_id: Identifier) -> list[Verification]:
    """Return the verifications of a ticket, oldest first; place and people masked."""
    return [Verification.model_validate(one) for one in await services.tickets.verifications(ticket_id, actor)]


@router.get("/units/{unit_id}/verifications", **operation("单位核实结果", "What verification found about a unit"))
async def list_unit_verifications(services: ServicesOf, actor: _Reader, unit_id: Identifier) -> list[Verification]:
    """Return the newest 200 verifications of a unit's handling."""
    return [Verification.model_validate(one) for one in await services.tickets.verified_unit(unit_id, actor)]


@router.get("/ticket-tasks", **operation("查询任务", "List open tasks"))
async def list_ticket_tasks(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.TICKETS_VERIFY)],
    kind: Annotated[list[DutyKind] | None, Query(max_length=4)] = None,
) -> list[Task]:
    """Return rectifications, callbacks to look again, investigations and contacts that are owed, the next due first."""
    return [Task.model_validate(one) for one in await services.tickets.tasks(actor, kind or ())]


@router.post(f"{_AT}/recheck", **operation("安排回访复核", "Have the citizen called again", *ERRORS))
async def recheck_ticket(on: Annotated[OnTicket, on_ticket(Act.TICKETS_SUPERVISE)], given: NeededNote) -> Ticket:
    """Order the callback that looks whether what the unit said is true."""
    await on.tickets.order_recheck(on.ticket_id, on.actor, given.note, on.version)
    return await on.shown()


@router.post(f"{_AT}/important", **operation("列为重要诉求", "Mark as important", *ERRORS))
async def mark_ticket_important(on: Annotated[OnTicket, on_ticket(Act.TICKETS_SUPERVISE)], given: NeededNote) -> Ticket:
    """Mark a matter as important: it is investigated."""
    await on.tickets.mark_important(on.ticket_id, on.actor, given.note, on.version)
    return await on.shown()


@router.post(f"{_AT}/rectified", **operation("整改反馈", "Report that a finding was made good", *ERRORS))
async def report_ticket_rectified(on: _OfUnit, given: Told) -> Ticket:
    """The unit reports that a finding was made good; the centre looks again."""
    await on.tickets.report_rectified(on.ticket_id, on.actor, given.text, on.version)
    return await on.shown()


@router.post(f"{_AT}/contact-again", **operation("定期联系诉求人", "Talk with the caller again", *ERRORS))
async def contact_caller_again(on: _OfUnit, given: ContactAgain) -> Ticket:
    """Record a talk about a matter that cannot be solved now; the next one is due after the profile's time."""
    await on.tickets.contact_again(on.ticket_id, on.actor, how=given.how, told=given.told, expected_version=on.version)
    return await on.shown()


@router.post(f"{_AT}/contacts-end", **operation("结束定期联系", "End the round of contacts", *ERRORS))
async def end_ticket_contacts(on: Annotated[OnTicket, on_ticket(Act.TICKETS_CLOSE)], given: NeededNote) -> Ticket:
    """End the round of contacts, with the reason."""
    await on.tickets.end_contacts(on.ticket_id, on.actor, given.note, on.version)
    return await on.shown()


@router.post(f"{_AT}/telephoned", **operation("登记电话告知", "Record the call to the unit", *ERRORS))
async def record_unit_telephoned(on: Annotated[OnTicket, on_ticket(Act.TICKETS_DISPATCH)], given: Telephoned) -> Ticket:
    """Record that the unit of an urgent matter was told by telephone."""
    await on.tickets.telephone_unit(
        on.ticket_id, on.actor, whom=given.whom, said=given.said, expected_version=on.version
    )
    return await on.shown()


@router.post(f"{_AT}/adoption", **operation("登记建议采纳", "Adopted or not", *ERRORS))
async def decide_ticket_adoption(on: _OfUnit, given: AdoptionOf) -> Ticket:
    """The unit says whether it adopts a suggestion; if not, why."""
    await on.tickets.decide_adoption(
        on.ticket_id, on.actor, adopted=given.adopted, reason=given.reason, expected_version=on.version
    )
    return await on.shown()


@router.post(f"{_AT}/campaign", **operation("计入征集活动", "Count under a campaign", *ERRORS))
async def put_ticket_under_campaign(
    on: Annotated[OnTicket, on_ticket(Act.TICKETS_EDIT)], given: UnderCampaign
) -> Ticket:
    """Count a suggestion under a campaign that ran when it came."""
    await on.tickets.put_under_campaign(on.ticket_id, on.actor, given.campaign_id, on.version)
    return await on.shown()


@router.post(f"{_AT}/retaliation", status_code=201, **operation("反映打击报复", "Report retaliation", *ERRORS))
async def report_ticket_retaliation(
    on: Annotated[OnTicket, on_ticket(Act.TICKETS_PROTECT)], given: Retaliation
) -> Opened:
    """Open a secret, supervised complaint about retaliation for this ticket; twice is once."""
    opened = await on.tickets.report_retaliation(on.ticket_id, on.actor, given.note, given.complained_unit_id)
    return Opened(ticket_id=opened)
