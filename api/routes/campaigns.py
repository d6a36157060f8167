"""Campaigns that collect suggestions."""

from typing import Annotated

from fastapi import APIRouter

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.tickets_verify import Campaign, CampaignOf
from core.actors import Actor

router = APIRouter(prefix="/campaigns", tags=["tickets"])


@router.get("", **operation("查询征集活动", "List campaigns"))
async def list_campaigns(services: ServicesOf, actor: Annotated[Actor, permitted(Act.TICKETS_READ)]) -> list[Campaign]:
    """Return all campaigns, newest first, with how many suggestions each collected and how many were adopted."""
    del actor
    return [Campaign.model_validate(one) for one in await services.tickets.campaigns()]


@router.post("", status_code=201, **operation("发起征集活动", "Begin a campaign", 409))
async def begin_campaign(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.CAMPAIGNS_MANAGE)], given: CampaignOf
) -> Campaign:
    """Announce a campaign (建言献策、意见征集) with its beginning and end."""
    made = await services.tickets.begin_campaign(
        actor, code=given.code, title=given.title, held_by=given.held_by, begins_at=given.begins_at,
        ends_at=given.ends_at,
    )  # fmt: skip
    return Campaign.model_validate(made)
