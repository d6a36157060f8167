"""Use case: the list of faults that can be detected, for supervisors and inspectors (YC-35.2, YC-36.7, FJ-29.2)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from core.actors import Actor
from core.errors import InvalidInput
from tickets.base import TicketServiceBase
from tickets.confidentiality import reads_confidential
from tickets.deadlines import due_after
from tickets.duties import DutyKind
from tickets.faults import repository
from tickets.model import Ticket
from tickets.profile_values import Limit

_MOST = 500


class FaultKind(StrEnum):
    """What went wrong."""

    CALL_WITHOUT_TICKET = "call_without_ticket"
    DRAFT_ABANDONED = "draft_abandoned"
    LATE_DISPATCH = "late_dispatch"
    UNIT_NOT_TELEPHONED = "unit_not_telephoned"
    MISSING_CALLBACK = "missing_callback"
    MISSING_FEEDBACK = "missing_feedback"

    @property
    def label(self) -> str:
        """The fault in Chinese."""
        return _LABELS[self]


_LABELS = {
    FaultKind.CALL_WITHOUT_TICKET: "接听后未登记工单",
    FaultKind.DRAFT_ABANDONED: "草稿未登记完成",
    FaultKind.LATE_DISPATCH: "未及时转交",
    FaultKind.UNIT_NOT_TELEPHONED: "紧急事项未电话告知承办单位",
    FaultKind.MISSING_CALLBACK: "未履行回访职责",
    FaultKind.MISSING_FEEDBACK: "未按期反馈办理情况",
}

_OF_DUTIES = {FaultKind.LATE_DISPATCH: DutyKind.DISPATCH, FaultKind.UNIT_NOT_TELEPHONED: DutyKind.PHONE_NOTICE}


@dataclass(frozen=True, slots=True)
class FaultFound:
    """One fault: of a ticket, or of a call that has none."""

    kind: str
    label: str
    clause: str
    since: datetime
    """From when on it was a fault."""
    ticket_id: str | None = None
    number: str | None = None
    call_id: str | None = None
    unit_id: str | None = None
    opened_by: str | None = None


class FaultFinding(TicketServiceBase):
    """Faults are read from what stands in the database; nobody reports them."""

    async def faults(
        self, actor: Actor, since: datetime, until: datetime, kinds: Collection[FaultKind] = tuple(FaultKind)
    ) -> tuple[FaultFound, ...]:
        """Return the faults of tickets in a period, at most 500 of a kind, the oldest first.

        Raises:
            InvalidInput: the period ends before it begins.
        """
        if until <= since:
            raise InvalidInput("until", "须晚于开始时间")
        async with self._database.reading() as session:
            found = [
                *await self._waiting(session, since, until, kinds),
                *await self._late(session, since, until, kinds),
            ]
            hidden: set[str | None] = set()
            if found and not reads_confidential(actor.role):
                hidden = await repository.confidential(session, [one.ticket_id or "" for one in found])
        return tuple(sorted((one for one in found if one.ticket_id not in hidden), key=lambda one: one.since))

    async def _waiting(
        self, session: AsyncSession, since: datetime, until: datetime, kinds: Collection[FaultKind]
    ) -> list[FaultFound]:
        """Return drafts and closed tickets that have waited longer than the profile allows."""
        now, rules, time_of = self._clock.now(), self.profile.faults, self._time_of(self.profile)
        begun: list[tuple[FaultKind, Ticket, datetime | None, Limit]] = []
        if FaultKind.DRAFT_ABANDONED in kinds:
            drafts = await repository.drafts(session, since, until, _MOST)
            begun += [(FaultKind.DRAFT_ABANDONED, one, one.created_at, rules.draft) for one in drafts]
        if FaultKind.MISSING_CALLBACK in kinds:
            uncalled = await repository.uncalled(session, since, until, _MOST)
            begun += [(FaultKind.MISSING_CALLBACK, one, one.closed_at, rules.callback) for one in uncalled]
        due = [(kind, one, due_after(limit, at, time_of).at) for kind, one, at, limit in begun if at is not None]
        return [self._fault(kind, one, at) for kind, one, at in due if at < now]

    async def _late(
        self, session: AsyncSession, since: datetime, until: datetime, kinds: Collection[FaultKind]
    ) -> list[FaultFound]:
        """Return duties of centre and units that were not done in time."""
        now, found = self._clock.now(), []
        for kind, duty_kind in _OF_DUTIES.items():
            if kind in kinds:
                rows = await repository.late(session, duty_kind, since, until, now, _MOST)
                found += [self._fault(kind, ticket, duty.due_at) for ticket, duty in rows]
        if FaultKind.MISSING_FEEDBACK in kinds:
            rows = await repository.unreported(session, since, until, now, _MOST)
            found += [self._fault(FaultKind.MISSING_FEEDBACK, ticket, duty.due_at) for ticket, duty in rows]
        return found

    async def unregistered(self, calls: Collection[tuple[str, datetime]]) -> tuple[FaultFound, ...]:
        """Return which of the answered calls (id, instant of the end) have no ticket at all."""
        async with self._database.reading() as session:
            known = await repository.registered(session, [call_id for call_id, _ in calls])
        kind = FaultKind.CALL_WITHOUT_TICKET
        clause = self.profile.faults.clauses[kind.value]
        return tuple(
            FaultFound(kind, kind.label, clause, ended_at, call_id=call_id)
            for call_id, ended_at in calls
            if call_id not in known
        )

    def _fault(self, kind: FaultKind, ticket: Ticket, since: datetime) -> FaultFound:
        return FaultFound(
            kind, kind.label, self.profile.faults.clauses[kind.value], since, ticket.id, ticket.number,
            ticket.call_id, ticket.unit_id, ticket.opened_by,
        )  # fmt: skip
