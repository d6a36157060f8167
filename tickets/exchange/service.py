"""Use cases: outside platforms hand over tickets; citizens ask how theirs stands."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.actors import Actor, Role
from core.errors import Conflict, InvalidInput, NotFound, NotSignedOn
from core.ids import new_id
from core.personal import Personal
from tickets import repository as tickets
from tickets.base import require_text
from tickets.channels import Channel, Opening
from tickets.exchange import repository, signing
from tickets.exchange.codes import query_code
from tickets.exchange.model import Platform
from tickets.exchange.reporting import TOLD
from tickets.intake import Intake
from tickets.lifecycle import TicketEvent, TicketState
from tickets.model import Ticket

_NAME = re.compile(r"[a-z][a-z0-9_-]{1,23}")


@dataclass(frozen=True, slots=True)
class Progress:
    """How a ticket stands, without any personal data."""

    number: str
    state: str
    state_label: str
    category: str | None
    steps: tuple[tuple[datetime, str], ...]
    closed_at: datetime | None
    guidance: str | None


class Exchanging(Intake):
    """Outside platforms and citizens."""

    async def progress(self, number: str, code: str) -> Progress:
        """Return how a ticket stands, for whoever knows number and code.

        Raises:
            NotFound: no such pair; a wrong code and a wrong number are answered alike.
        """
        async with self._database.reading() as session:
            ticket = await tickets.ticket_numbered(session, number.strip())
            if ticket is None or not signing.same(code.strip(), query_code(ticket.id)):
                raise NotFound("工单", number)
            events = await tickets.events(session, ticket.id)
            profile = await self._profile_of(session, ticket.profile_version)
        return self._progress(ticket, [(row.at, TicketEvent(row.event)) for row in events], profile.categories)

    async def add_platform(self, name: str, title: str, source: str | None, report_url: str | None = None) -> str:
        """Make an outside platform and return its secret, which is shown this once."""
        if not _NAME.fullmatch(name):
            raise InvalidInput("name", "小写字母开头,2至24位字母、数字、_、-")
        if source is not None and source not in self.profile.sources:
            raise InvalidInput("source", "未知来源,可选:" + "、".join(self.profile.sources))
        secret = secrets.token_urlsafe(32)
        async with self._database.transaction() as session:
            if await repository.platform(session, name):
                raise Conflict("平台名称已被使用", code="platform_exists")
            session.add(
                Platform(
                    id=new_id(), name=name, title=require_text("title", title, most=100), source=source,
                    secret=Personal(secret), active=True, made_at=self._clock.now(),
                    report_url=report_url,
                )
            )  # fmt: skip
        return secret

    async def signed_platform(
        self, name: str, timestamp: str, signature: str, *, method: str, path: str, body: bytes
    ) -> Platform:
        """Return the platform that signed a request.

        Raises:
            NotSignedOn: unknown platform, wrong signature, or an instant that is not now.
        """
        async with self._database.reading() as session:
            known = await repository.platform(session, name)
        if known is None or not known.active or not signing.fresh(timestamp, self._clock.now()):
            raise NotSignedOn("签名无效或已过期")
        right = signing.signature(known.secret.reveal(), timestamp=timestamp, method=method, path=path, body=body)
        if not signing.same(signature.lower(), right):
            raise NotSignedOn("签名无效或已过期")
        return known

    async def hand_over(
        self, platform: Platform, external_id: str, fields: Mapping[str, object], caller: Personal | None
    ) -> Progress:
        """Open the ticket a platform hands over; the same `external_id` again is the same ticket."""
        opening = Opening(Channel.PLATFORM, external_id, caller, platform=platform.name, source=platform.source)
        actor = Actor(f"platform:{platform.name}", platform.title[:60], Role.SYSTEM)
        await self.open(opening, actor, fields)
        return await self.handed_over(platform, external_id)

    async def handed_over(self, platform: Platform, external_id: str) -> Progress:
        """Return how a ticket stands that a platform handed over."""
        async with self._database.reading() as session:
            ticket = await tickets.ticket_from(session, f"{platform.name}:{external_id}")
            if ticket is None:
                raise NotFound("工单", external_id)
            events = await tickets.events(session, ticket.id)
            profile = await self._profile_of(session, ticket.profile_version)
        return self._progress(ticket, [(row.at, TicketEvent(row.event)) for row in events], profile.categories)

    def _progress(
        self, ticket: Ticket, events: list[tuple[datetime, TicketEvent]], categories: Mapping[str, object]
    ) -> Progress:
        state = TicketState(ticket.state)
        category = categories.get(ticket.category or "")
        steps = tuple((at, event.label) for at, event in events if event in TOLD)
        return Progress(
            ticket.number, state.value, state.label, getattr(category, "title", None), steps, ticket.closed_at,
            ticket.guidance,
        )  # fmt: skip
