"""Leaders' instructions on bundles of tickets (批示督办)."""

from typing import Annotated

from fastapi import APIRouter

from api.identity import ServicesOf
from api.on_ticket import ERRORS, OnTicket, on_ticket
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.fields import Identifier
from api.schemas.tickets import Ticket
from api.schemas.tickets_verify import Directive, DirectiveOf, ReportOf
from core.actors import Actor

router = APIRouter(prefix="/directives", tags=["tickets"])

_Reader = Annotated[Actor, permitted(Act.DIRECTIVES_READ)]
_Giver = Annotated[Actor, permitted(Act.DIRECTIVES_GIVE)]


@router.get("", **operation("查询批示督办", "List instructions"))
async def list_directives(services: ServicesOf, actor: _Reader) -> list[Directive]:
    """Return the newest 200 instructions, without tickets and reports."""
    del actor
    return [Directive.model_validate(one) for one in await services.tickets.directives()]


@router.post("", status_code=201, **operation("登记领导批示", "Enter an instruction"))
async def give_directive(services: ServicesOf, actor: _Giver, given: DirectiveOf) -> Directive:
    """Enter a leader's instruction; tickets are put under it one by one."""
    made = await services.tickets.give_directive(
        actor, title=given.title, leader=given.leader, instruction=given.instruction, given_at=given.given_at,
        due_at=given.due_at,
    )  # fmt: skip
    return Directive.model_validate(made)


@router.get("/{directive_id}", **operation("查看批示督办", "Get an instruction", 404))
async def get_directive(services: ServicesOf, actor: _Reader, directive_id: Identifier) -> Directive:
    """Return an instruction with its tickets and what was reported."""
    return Directive.model_validate(await services.tickets.directive(directive_id, actor))


@router.put("/{directive_id}/tickets/{ticket_id}", **operation("列入批示督办", "Put a ticket under it", *ERRORS))
async def put_ticket_under_directive(
    on: Annotated[OnTicket, on_ticket(Act.DIRECTIVES_GIVE)], directive_id: Identifier
) -> Ticket:
    """Put a ticket under an instruction; it enters the supervision ledger."""
    await on.tickets.put_under_directive(on.ticket_id, on.actor, directive_id, on.version)
    return await on.shown()


@router.post("/{directive_id}/reports", status_code=201, **operation("反馈批示落实", "Report on it", 404, 409))
async def report_on_directive(
    services: ServicesOf, actor: _Giver, directive_id: Identifier, given: ReportOf
) -> Directive:
    """Report what has become of an instruction; it ends when every ticket under it is closed."""
    done = await services.tickets.report_on_directive(directive_id, actor, given.text, ends=given.ends)
    return Directive.model_validate(done)
