"""What every use case of tickets stands on: load and lock, check version and role, write the ledger."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from core.actors import Actor, Role
from core.clock import Clock
from core.database import Database
from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.ids import new_id
from core.outbox import enqueue
from core.personal import Personal, keys
from core.wire import payload_of
from tickets import repository
from tickets.calendar import WorkingCalendar
from tickets.confidentiality import Visibility, may_see
from tickets.deadlines import WorkingTime
from tickets.duties import Matter
from tickets.events import PUSHED_UP, TicketMoment, UpwardPush
from tickets.exchange.reporting import report_back
from tickets.ledger import LedgerEntry, chain_hash
from tickets.lifecycle import ANY_PARTY, TicketEvent, TicketState, step
from tickets.lists.upkeep import keep_inbox, keep_words
from tickets.model import Ticket, TicketEventRow, TicketProfile
from tickets.numbers import Numbers
from tickets.profile import Profile, stored_profile
from tickets.rules.telling import Moment, pushed

_CHANGED = "工单已被他人更改,请刷新后重试"
NOTE_LENGTH = 4000
_QUIET = {
    TicketEvent.WARNED, TicketEvent.OVERDUE, TicketEvent.REVEALED, TicketEvent.ATTACHED, TicketEvent.ATTACHMENT_ERASED,
    TicketEvent.CASE_SEALED,
}  # fmt: skip
"""Events that move no share of a unit and no deadline."""


@dataclass
class Change:
    """A ticket that is being changed in one transaction."""

    session: AsyncSession
    ticket: Ticket
    actor: Actor
    now: datetime
    profile: Profile
    time_of: WorkingTime
    recorded: list[TicketEvent] = field(default_factory=list)
    texts_changed: bool = False
    """What is searched for (texts, units that may see it, secrecy) is to be indexed again."""
    upward: bool = False
    """There is a platform above that is told what the profile orders."""

    @property
    def state(self) -> TicketState:
        """The ticket's state."""
        return TicketState(self.ticket.state)

    @property
    def matter(self) -> Matter:
        """What the rules must know of the matter."""
        ticket = self.ticket
        if ticket.category is None:
            raise InvalidInput("category", "请先选择诉求类别")
        return Matter(
            ticket.category,
            ticket.accepted_at or self.now,
            ticket.public_emergency,
            ticket.repeat_calls,
            ticket.hard,
            frozenset(ticket.marks or ()),
            ticket.source,
            urgency=ticket.urgency or "normal",
        )

    def record(
        self,
        event: TicketEvent,
        note: str | None = None,
        data: Mapping[str, object] | None = None,
        *,
        once: str | None = None,
    ) -> None:
        """Take the transition and append the event to the ledger.

        Raises:
            TransitionRefused: not in this state.
            Forbidden: not by this role, or by a unit that is not the lead.
        """
        if self.actor.role is Role.UNIT and self.actor.unit_id != self.ticket.unit_id and event not in ANY_PARTY:
            raise Forbidden("只有主办单位可以进行此操作", code="ticket_not_lead", detail={"event": event.value})
        self.ticket.state = step(self.state, event, self.actor)
        append(self.session, self.ticket, self.actor, self.now, event, note=note, data=data, once=once)
        self.recorded.append(event)

    async def push(self, moment: Moment, recording_id: str | None = None) -> None:
        """Queue what the profile orders to be pushed upward at this moment (JS-16b, YC-7.9)."""
        ticket = self.ticket
        for kind in pushed(self.profile, moment) if self.upward else ():
            push = UpwardPush(ticket.id, ticket.number, kind, self.now, recording_id, ticket.ledger_length)
            key = f"{ticket.id}:{kind}:{recording_id or ticket.ledger_length}"
            await enqueue(self.session, topic=PUSHED_UP, key=key, payload=payload_of(push), now=self.now)

    async def tell(self, topic: str, key: str) -> None:
        """Put a `TicketMoment` into the outbox."""
        ticket = self.ticket
        moment = TicketMoment(ticket_id=ticket.id, number=ticket.number, round=ticket.round, at=self.now)
        await enqueue(self.session, topic=topic, key=key, payload=payload_of(moment), now=self.now)


def append(
    session: AsyncSession,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    event: TicketEvent,
    *,
    note: str | None = None,
    data: Mapping[str, object] | None = None,
    once: str | None = None,
) -> None:
    """Append an event to the ledger of `ticket`, chained to the one before."""
    if note is not None and len(note) > NOTE_LENGTH:
        raise InvalidInput("note", f"不超过{NOTE_LENGTH}字")
    digest = keys().search_hash(note) if note else None
    facts = dict(data or {})
    entry = LedgerEntry(
        ticket_id=ticket.id,
        seq=ticket.ledger_length + 1,
        event=event.value,
        state=ticket.state,
        actor_id=actor.account_id,
        actor_role=actor.role.value,
        unit_id=actor.unit_id,
        at=now,
        data=facts,
        note_digest=digest,
        previous=ticket.ledger_head,
        hash="",
    )
    head = chain_hash(entry)
    session.add(
        TicketEventRow(
            id=new_id(),
            ticket_id=ticket.id,
            seq=entry.seq,
            event=entry.event,
            state=entry.state,
            actor_id=entry.actor_id,
            actor_name=actor.name,
            actor_role=entry.actor_role,
            unit_id=entry.unit_id,
            at=now,
            data=facts,
            note=Personal.of(note),
            note_digest=digest,
            once=once,
            previous=entry.previous,
            hash=head,
        )
    )
    ticket.ledger_length, ticket.ledger_head = entry.seq, head


class TicketServiceBase:
    """Shared by the use cases of `TicketService`."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        profile: Profile,
        calendar: WorkingCalendar | None = None,
        files: Path | None = None,
        *,
        upward: bool = False,
    ) -> None:
        self._database = database
        self._clock = clock
        self.files = files
        self._upward = upward
        self.profile = profile
        self._calendar = calendar or WorkingCalendar()
        self._profiles = {profile.version: profile}
        self._kept: set[str] = set()
        """Versions of profiles that this process knows to be stored."""
        self._numbers = Numbers(database)

    @asynccontextmanager
    async def _change(self, ticket_id: str, actor: Actor, expected_version: int | None = None) -> AsyncIterator[Change]:
        """Open a transaction on one ticket; whatever is raised inside leaves nothing changed.

        Raises:
            NotFound: no such ticket, or not the actor's unit's.
            Conflict: `expected_version` is not the version any more.
        """
        try:
            async with self._database.transaction() as session:
                ticket = await repository.locked(session, ticket_id)
                if ticket is None or not await visible(session, ticket, actor):
                    raise NotFound("工单", ticket_id)
                if expected_version is not None and ticket.version != expected_version:
                    raise _changed(ticket.version)
                profile = await self._profile_of(session, ticket.profile_version)
                now = self._clock.now()
                change = Change(
                    session, ticket, actor, now, profile, self._time_of(profile), upward=self._upward
                )  # fmt: skip
                yield change
                if not change.recorded or set(change.recorded) - _QUIET:
                    await keep_inbox(session, ticket)
                await report_back(change)
                if change.texts_changed:
                    await keep_words(session, ticket)
        except (StaleDataError, IntegrityError) as error:
            raise _changed(None) from error

    async def _profile_of(self, session: AsyncSession, version: str) -> Profile:
        if version not in self._profiles:
            row = await repository.profile(session, version)
            if row is None:
                raise NotFound("规则版本", version)
            self._profiles[version] = stored_profile(row.content)
        return self._profiles[version]

    async def _keep_profile(self) -> None:
        """Store the profile that new tickets are born under, once a process."""
        profile = self.profile
        if profile.version in self._kept:
            return
        row = TicketProfile(
            version=profile.version, name=profile.name, content=profile.canonical(), kept_at=self._clock.now()
        )
        async with self._database.transaction() as session:
            await repository.keep_profile(session, row)
        self._kept.add(profile.version)

    def _time_of(self, profile: Profile) -> WorkingTime:
        return WorkingTime(self._calendar, profile.business_hours)


async def visible(session: AsyncSession, ticket: Ticket, actor: Actor) -> bool:
    """Tell whether the actor may know of the ticket (`tickets.confidentiality`)."""
    parties = await repository.parties(session, ticket.id) if actor.bound else ()
    what = Visibility(ticket.confidential, ticket.opened_by, ticket.complained_unit_id, frozenset(parties))
    return may_see(actor, what)


def require_text(field_name: str, text: str | None, *, most: int = NOTE_LENGTH) -> str:
    """Return `text` stripped.

    Raises:
        InvalidInput: it is empty or too long.
    """
    stripped = (text or "").strip()
    if not stripped:
        raise InvalidInput(field_name, "不能为空")
    if len(stripped) > most:
        raise InvalidInput(field_name, f"不超过{most}字")
    return stripped


def _changed(version: int | None) -> Conflict:
    return Conflict(_CHANGED, code="ticket_changed", detail={} if version is None else {"version": version})
