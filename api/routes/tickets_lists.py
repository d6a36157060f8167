"""Lists of tickets: a unit's inbox, filtered lists, full-text search, and the table of what may be done."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.fields import Identifier
from api.schemas.tickets_lists import (
    EntryPage,
    FullTextSearch,
    InboxCounts,
    InboxQuery,
    Rule,
    SameMatter,
)
from core.actors import Actor
from tickets.lifecycle import TRANSITIONS
from tickets.lists.filters import ListFilter

router = APIRouter(tags=["tickets"])

Reader = Annotated[Actor, permitted(Act.TICKETS_READ)]


@router.get("/inbox", **operation("本单位待办", "Inbox of a unit"))
async def list_inbox(services: ServicesOf, actor: Reader, wanted: Annotated[InboxQuery, Query()]) -> EntryPage:
    """Return what waits at a unit, the most urgent first; people of a unit see their own inbox, the centre any."""
    page = await services.tickets.inbox(
        actor, wanted.state, unit_id=wanted.unit_id, after=wanted.after, limit=wanted.limit
    )
    return EntryPage.model_validate(page)


@router.get("/inbox/counts", **operation("待办数量", "Counts of an inbox"))
async def count_inbox(
    services: ServicesOf, actor: Reader, unit_id: Annotated[str | None, Query(max_length=36)] = None
) -> InboxCounts:
    """Return how many tickets a unit has in each state of its inbox."""
    return InboxCounts.model_validate(await services.tickets.inbox_counts(actor, unit_id))


@router.post("/ticket-entries", **operation("筛选工单", "Filter tickets"))
async def list_ticket_entries(
    services: ServicesOf,
    actor: Reader,
    wanted: ListFilter,
    after: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> EntryPage:
    """Return tickets that fit a filter, newest first, without personal data."""
    return EntryPage.model_validate(await services.tickets.entries(actor, wanted, after=after, limit=limit))


@router.post("/ticket-entries/search", **operation("全文检索工单", "Full-text search"))
async def search_ticket_texts(services: ServicesOf, actor: Reader, wanted: FullTextSearch) -> EntryPage:
    """Return tickets whose title, matter or answer contains all the words; one Chinese character is enough."""
    page = await services.tickets.search(actor, wanted.text, after=wanted.after, limit=wanted.limit)
    return EntryPage.model_validate(page)


@router.get("/tickets/{ticket_id}/same-matter", **operation("同一诉求人的工单", "Other tickets of the caller", 404))
async def list_same_matter(services: ServicesOf, actor: Reader, ticket_id: Identifier) -> list[SameMatter]:
    """Return other tickets of the same caller, most alike first: repeats, duplicates, what was closed before."""
    return [SameMatter.model_validate(one) for one in await services.tickets.same_matter(ticket_id, actor)]


@router.get("/ticket-rules", **operation("工单操作权限表", "Who may do what in which state"))
async def list_ticket_rules(actor: Reader) -> list[Rule]:
    """Return the one table the platform itself goes by: state, event, next state, roles."""
    del actor
    return [
        Rule(
            state=state.value, state_label=state.label, event=event.value, event_label=event.label, to=then.to.value,
            roles=sorted(then.roles),
        )
        for (state, event), then in TRANSITIONS.items()
    ]  # fmt: skip
