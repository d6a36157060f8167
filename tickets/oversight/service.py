"""Use cases of oversight: draw a sample, look at it without names, ask, reply."""

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from core.actors import Actor, Role
from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.ids import new_id
from core.personal import Personal
from tickets import repository as tickets_repository
from tickets.assessment.facts import facts_between
from tickets.assessment.figures import TicketFact, figures_of
from tickets.base import TicketServiceBase, require_text
from tickets.deadlines import due_after
from tickets.model import TicketEventRow
from tickets.oversight import repository
from tickets.oversight.model import OversightEnquiry, OversightSample
from tickets.oversight.views import (
    AnonymousTicket,
    EnquiryView,
    SampleView,
    anonymous,
    enquiry_view,
    sample_view,
)
from tickets.rules.metrics import Figure

MOST_DRAWN = 100
_MOST_LISTED = 200
_RATES = ("on_time_rate", "finish_rate", "satisfaction")
"""及时率、办结率、群众满意率 (YC-34.4)."""
_OUTSIDERS = frozenset({Role.OVERSIGHT_GUEST})
"""See their own samples and enquiries only."""


class Overseeing(TicketServiceBase):
    """For guests who oversee the platform (FJ-27) and for the centre's own inspection by sample (YC-30)."""

    async def draw_sample(
        self, actor: Actor, *, since: datetime, until: datetime, size: int, purpose: str, unit_id: str | None = None
    ) -> SampleView:
        """Draw tickets dispatched or closed in [since, until) at random and put the drawing on record.

        Raises:
            InvalidInput: the period ends before it begins, or the size is not 1 to `MOST_DRAWN`.
        """
        if until <= since:
            raise InvalidInput("until", "须晚于开始时间")
        if not 1 <= size <= MOST_DRAWN:
            raise InvalidInput("size", f"须为 1 至 {MOST_DRAWN}")
        async with self._database.transaction() as session:
            facts = await _facts(session, since, until, unit_id)
            known = sorted(await repository.open_to_all(session, {one.ticket_id for one in facts}))
            seed = new_id()
            drawn = random.Random(seed).sample(known, min(size, len(known)))  # noqa: S311 - no secret, to be repeated
            row = OversightSample(
                id=new_id(), drawn_by=actor.account_id, drawn_at=self._clock.now(), unit_id=unit_id, since=since,
                purpose=require_text("purpose", purpose, most=200), until=until, out_of=len(known), seed=seed,
                ticket_ids=sorted(drawn),
            )  # fmt: skip
            session.add(row)
            return sample_view(row, self._rates(facts), await self._anonymous(session, row.ticket_ids))

    async def sample(self, sample_id: str, actor: Actor) -> SampleView:
        """Return a sample as its tickets and rates are now.

        Raises:
            NotFound: there is none, or an outsider asks for somebody else's.
        """
        async with self._database.reading() as session:
            row = await repository.sample(session, sample_id)
            if row is None or (actor.role in _OUTSIDERS and row.drawn_by != actor.account_id):
                raise NotFound("抽样", sample_id)
            facts = await _facts(session, row.since, row.until, row.unit_id)
            return sample_view(row, self._rates(facts), await self._anonymous(session, row.ticket_ids))

    async def ask_oversight(
        self, actor: Actor, text: str, *, kind: Literal["enquiry", "rectify"] = "enquiry", sample_id: str | None = None
    ) -> EnquiryView:
        """Ask, or say what is to be put right (整改意见); a reply is due by the profile's limit (JS-27).

        Raises:
            NotFound: there is no such sample of the asker's.
        """
        now = self._clock.now()
        if sample_id is not None:
            await self.sample(sample_id, actor)
        limit = self.profile.access.oversight_reply
        row = OversightEnquiry(
            id=new_id(), kind=kind, sample_id=sample_id, asked_by=actor.account_id, asked_at=now,
            text=Personal(require_text("text", text)), due_at=due_after(limit, now, self._time_of(self.profile)).at,
        )  # fmt: skip
        async with self._database.transaction() as session:
            session.add(row)
        return enquiry_view(row, now)

    async def reply_to_oversight(self, enquiry_id: str, actor: Actor, text: str) -> EnquiryView:
        """Reply to an enquiry.

        Raises:
            NotFound: there is none.
            Conflict: it has its reply (`answered`).
            Forbidden: nobody replies to an enquiry of their own.
        """
        words, now = Personal(require_text("text", text)), self._clock.now()
        async with self._database.transaction() as session:
            row = await repository.enquiry(session, enquiry_id)
            if row is None:
                raise NotFound("监督问询", enquiry_id)
            if row.answered_at is not None:
                raise Conflict("该问询已答复", code="answered")
            if row.asked_by == actor.account_id:
                raise Forbidden("不能答复自己提出的问询", code="own_enquiry")
            row.answered_by, row.answered_at, row.reply = actor.account_id, now, words
            return enquiry_view(row, now)

    async def oversight_enquiries(self, actor: Actor) -> list[EnquiryView]:
        """Return the newest 200 enquiries; an outsider's own only."""
        asked_by = actor.account_id if actor.role in _OUTSIDERS else None
        async with self._database.reading() as session:
            rows = await repository.enquiries(session, asked_by, _MOST_LISTED)
            return [enquiry_view(row, self._clock.now()) for row in rows]

    def _rates(self, facts: Sequence[TicketFact]) -> dict[str, Figure]:
        figures = figures_of(self.profile, facts)
        return {name: figures[name] for name in _RATES}

    async def _anonymous(self, session: AsyncSession, ticket_ids: Sequence[str]) -> tuple[AnonymousTicket, ...]:
        rows = await repository.tickets(session, ticket_ids)
        names = await tickets_repository.unit_names(session, {row.unit_id for row in rows if row.unit_id})
        ledgers: dict[str, list[TicketEventRow]] = defaultdict(list)
        for event in await repository.events(session, ticket_ids):
            ledgers[event.ticket_id].append(event)
        found = []
        for row in rows:
            # one that became confidential since it was drawn is not shown any more
            if not row.confidential:
                profile = await self._profile_of(session, row.profile_version)
                found.append(anonymous(row, ledgers[row.id], profile, names.get(row.unit_id or "")))
        return tuple(found)


async def _facts(session: AsyncSession, since: datetime, until: datetime, unit_id: str | None) -> list[TicketFact]:
    return [one for one in await facts_between(session, since, until) if unit_id in {None, one.unit_id}]
