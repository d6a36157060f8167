"""Use cases of suggestions: campaigns that collect them, and whether they were adopted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from core.actors import Actor
from core.errors import Conflict, InvalidInput, NotFound
from core.ids import new_id
from tickets.base import TicketServiceBase, require_text
from tickets.campaigns import repository
from tickets.campaigns.model import Campaign
from tickets.lifecycle import TicketEvent

_SUGGESTIONS = ("suggestion", "opinion")


@dataclass(frozen=True, slots=True)
class CampaignView:
    """A campaign with what it has brought."""

    id: str
    code: str
    title: str
    held_by: str
    begins_at: datetime
    ends_at: datetime
    collected: int
    adopted: int


class Campaigning(TicketServiceBase):
    """Collecting suggestions under a call for them (建言献策、意见征集, JS-15e), and answering for each (FJ-6c)."""

    async def begin_campaign(
        self, actor: Actor, *, code: str, title: str, held_by: str, begins_at: datetime, ends_at: datetime
    ) -> CampaignView:
        """Announce a campaign.

        Raises:
            InvalidInput: it ends before it begins.
            Conflict: the code is taken.
        """
        if ends_at <= begins_at:
            raise InvalidInput("ends_at", "须晚于开始时间")
        row = Campaign(
            id=new_id(), code=require_text("code", code, most=40), title=require_text("title", title, most=100),
            held_by=require_text("held_by", held_by, most=100), begins_at=begins_at, ends_at=ends_at,
            created_by=actor.account_id, created_at=self._clock.now(),
        )  # fmt: skip
        try:
            async with self._database.transaction() as session:
                session.add(row)
        except IntegrityError:
            raise Conflict("活动代码已被使用", code="campaign_exists") from None
        return _view(row, 0, 0)

    async def campaigns(self) -> tuple[CampaignView, ...]:
        """Return all campaigns, the newest first, with what each has collected."""
        async with self._database.reading() as session:
            return tuple(_view(*found) for found in await repository.counted(session))

    async def put_under_campaign(
        self, ticket_id: str, actor: Actor, campaign_id: str, expected_version: int | None = None
    ) -> int:
        """Count a suggestion under a campaign that ran when the suggestion came.

        Raises:
            NotFound: no such campaign.
            Conflict: the ticket is no suggestion, or came before or after the campaign.
        """
        async with self._change(ticket_id, actor, expected_version) as change:
            campaign = await repository.campaign(change.session, campaign_id)
            if campaign is None:
                raise NotFound("征集活动", campaign_id)
            if change.ticket.category not in _SUGGESTIONS:
                raise Conflict("只有建议、意见类工单可以计入征集活动", code="campaign_no_suggestion")
            if not campaign.begins_at <= change.ticket.created_at < campaign.ends_at:
                raise Conflict("工单不在征集活动的时间内", code="campaign_not_running")
            change.ticket.campaign_id = campaign.id
            change.record(TicketEvent.EDITED, data={"fields": {"campaign": campaign.code}})
        return change.ticket.version

    async def decide_adoption(
        self, ticket_id: str, actor: Actor, *, adopted: bool, reason: str | None, expected_version: int | None = None
    ) -> int:
        """The unit says whether it adopts a suggestion; if not, why (FJ-6c).

        Raises:
            Conflict: the ticket is no suggestion.
        """
        async with self._change(ticket_id, actor, expected_version) as change:
            if change.ticket.category not in _SUGGESTIONS:
                raise Conflict("只有建议、意见类工单登记是否采纳", code="adoption_no_suggestion")
            note = require_text("reason", reason) if not adopted or reason else None
            change.record(TicketEvent.ADOPTION_DECIDED, note, {"adopted": adopted})
            change.ticket.adopted = adopted
        return change.ticket.version


def _view(row: Campaign, collected: int, adopted: int) -> CampaignView:
    return CampaignView(row.id, row.code, row.title, row.held_by, row.begins_at, row.ends_at, collected, adopted)
