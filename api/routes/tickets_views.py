"""Saved views: filters of lists under a name."""

from typing import Annotated

from fastapi import APIRouter

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.fields import Identifier
from api.schemas.tickets_lists import SavedView, ViewOf
from core.actors import Actor

router = APIRouter(prefix="/ticket-views", tags=["tickets"])

Saver = Annotated[Actor, permitted(Act.VIEWS_SAVE)]


@router.get("", **operation("已保存视图", "Saved views"))
async def list_ticket_views(services: ServicesOf, actor: Saver) -> list[SavedView]:
    """Return one's own views and, for people of the centre, those of the shift, by name."""
    return [SavedView.model_validate(view) for view in await services.tickets.saved_views(actor)]


@router.put("/{name}", **operation("保存视图", "Save a view"))
async def save_ticket_view(services: ServicesOf, actor: Saver, name: Identifier, given: ViewOf) -> SavedView:
    """Keep a filter for oneself; the same name again replaces it."""
    return SavedView.model_validate(await services.tickets.save_view(actor, name, given.wanted))


@router.put("/{name}/shared", **operation("保存并共享视图", "Save a view for the shift"))
async def share_ticket_view(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.VIEWS_SHARE)], name: Identifier, given: ViewOf
) -> SavedView:
    """Keep a filter for the whole centre; everybody finds by it only what they may see."""
    return SavedView.model_validate(await services.tickets.save_view(actor, name, given.wanted, shared=True))


@router.delete("/{view_id}", status_code=204, **operation("删除视图", "Delete a view", 404))
async def forget_ticket_view(services: ServicesOf, actor: Saver, view_id: Identifier) -> None:
    """Delete one's own view."""
    await services.tickets.forget_view(actor, view_id)
