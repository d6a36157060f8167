"""Oversight from outside, inspection by sample: random tickets without names, three rates, enquiries with a reply."""

from typing import Annotated

from fastapi import APIRouter

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.routes.assessment import shown_figures
from api.schemas.fields import Identifier
from api.schemas.oversight import AnonymousTicket, Enquiry, EnquiryOf, Reply, Sample, SampleOf
from core.actors import Actor
from tickets.oversight.views import SampleView

router = APIRouter(prefix="/oversight", tags=["oversight"])

_Overseer = Annotated[Actor, permitted(Act.OVERSIGHT_SAMPLE)]


@router.post("/samples", status_code=201, **operation("随机抽取工单", "Draw a random sample"))
async def draw_sample(services: ServicesOf, actor: _Overseer, given: SampleOf) -> Sample:
    """Draw tickets of a period, or of one unit's, at random; the drawing is on record with its seed."""
    drawn = await services.tickets.draw_sample(
        actor, since=given.since, until=given.until, size=given.size, purpose=given.purpose, unit_id=given.unit_id
    )
    return _shown(drawn)


@router.get("/samples/{sample_id}", **operation("查看抽取的工单", "Get a sample", 404))
async def get_sample(services: ServicesOf, actor: _Overseer, sample_id: Identifier) -> Sample:
    """Return a sample with its tickets and rates as they are now."""
    return _shown(await services.tickets.sample(sample_id, actor))


@router.post("/enquiries", status_code=201, **operation("提出监督问询", "Ask as overseer", 404))
async def ask_oversight(services: ServicesOf, actor: _Overseer, given: EnquiryOf) -> Enquiry:
    """Ask, or say what is to be put right; the answer tells by when the reply is due."""
    asked = await services.tickets.ask_oversight(actor, given.text, kind=given.kind, sample_id=given.sample_id)
    return Enquiry.model_validate(asked)


@router.get("/enquiries", **operation("查询监督问询", "List enquiries of overseers"))
async def list_enquiries(services: ServicesOf, actor: _Overseer) -> list[Enquiry]:
    """Return the newest 200 enquiries with their replies; a guest's own only."""
    return [Enquiry.model_validate(one) for one in await services.tickets.oversight_enquiries(actor)]


@router.post("/enquiries/{enquiry_id}/reply", **operation("答复监督问询", "Reply to an overseer", 404, 409))
async def reply_to_oversight(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.OVERSIGHT_REPLY)], enquiry_id: Identifier, given: Reply
) -> Enquiry:
    """Reply once; never to one's own enquiry."""
    return Enquiry.model_validate(await services.tickets.reply_to_oversight(enquiry_id, actor, given.text))


def _shown(one: SampleView) -> Sample:
    fields = {name: getattr(one, name) for name in SampleView.__slots__ if name not in {"rates", "tickets"}}
    tickets = [AnonymousTicket.model_validate(ticket) for ticket in one.tickets]
    return Sample(**fields, rates=shown_figures(one.rates), tickets=tickets)
