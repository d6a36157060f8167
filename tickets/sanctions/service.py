"""Use cases: propose, decide and read records of accountability."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.actors import Actor
from core.clock import LOCAL
from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.ids import new_id
from core.personal import Personal
from tickets import repository as tickets
from tickets.assessment.model import AssessmentRequest
from tickets.base import TicketServiceBase, require_text
from tickets.sanctions import repository
from tickets.sanctions.model import SanctionRecord

_MOST_POINTS = 100


@dataclass(frozen=True, slots=True)
class SanctionView:
    """A record as people see it."""

    id: str
    unit_id: str
    person: Personal | None
    kind: str
    title: str
    clause: str
    ticket_id: str | None
    facts: Personal
    state: str
    points: float
    proposed_by: str
    proposed_at: datetime
    decision: Personal | None
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed against whom, resting on what."""

    unit_id: str
    kind: str
    facts: str
    person: str | None = None
    ticket_id: str | None = None


class Sanctioning(TicketServiceBase):
    """Accountability (YC-34.5, YC-37, FJ-31); where the regulation knows it, tolerance of honest error (JS-31)."""

    async def propose_sanction(self, actor: Actor, given: Proposal) -> SanctionView:
        """Propose a form of accountability of the profile.

        Raises:
            InvalidInput: no such form, unit, or ticket of that unit; staff need a person, units have none.
        """
        known = self.profile.accountability.sanctions.get(given.kind)
        if known is None:
            raise InvalidInput("kind", "可选:" + "、".join(self.profile.accountability.sanctions))
        if (known.against == "staff") is not bool(given.person):
            raise InvalidInput("person", "对工作人员的追责须写明人员,对单位的不写")
        async with self._database.transaction() as session:
            if await tickets.unit(session, given.unit_id) is None:
                raise InvalidInput("unit_id", "请选择承办单位")
            if given.ticket_id is not None and given.unit_id not in await tickets.parties(session, given.ticket_id):
                raise InvalidInput("ticket_id", "该单位没有办理此工单")
            row = SanctionRecord(
                id=new_id(), unit_id=given.unit_id, person=Personal.of(given.person), kind=given.kind,
                clause=known.clause, ticket_id=given.ticket_id, facts=Personal(require_text("facts", given.facts)),
                state="proposed", points=0.0, proposed_by=actor.account_id, proposed_at=self._clock.now(),
            )  # fmt: skip
            session.add(row)
        return self._shown(row)

    async def decide_sanction(
        self,
        actor: Actor,
        record_id: str,
        result: Literal["imposed", "tolerated", "dismissed"],
        decision: str,
        points: float = 0.0,
    ) -> SanctionView:
        """Impose, tolerate (容错) or dismiss what another proposed; points taken off count in the unit's year (YC-37).

        Raises:
            Forbidden: it is the decider's own proposal.
            Conflict: it is decided, or the regulation knows no tolerance.
            InvalidInput: points that this form does not take off, or none where it does.
        """
        async with self._database.transaction() as session:
            row = await repository.record(session, record_id)
            if row is None:
                raise NotFound("问责记录", record_id)
            if row.state != "proposed":
                raise Conflict("问责记录已有结论", code="sanction_decided")
            if row.proposed_by == actor.account_id:
                raise Forbidden("不能决定本人提出的问责", code="sanction_own")
            if result == "tolerated" and not self.profile.accountability.tolerance.value:
                raise Conflict("本地区规定没有容错条款", code="no_tolerance")
            known = self.profile.accountability.sanctions.get(row.kind)
            deducts = result == "imposed" and known is not None and known.deducts
            if deducts is not (0 < points <= _MOST_POINTS) or points < 0:
                raise InvalidInput("points", f"扣分类问责须填写0至{_MOST_POINTS}的分值,其他不填")
            now = self._clock.now()
            row.state, row.points, row.decided_by, row.decided_at = result, points, actor.account_id, now
            row.decision = Personal(require_text("decision", decision))
            if deducts:
                session.add(
                    AssessmentRequest(
                        id=new_id(), month=f"{now.astimezone(LOCAL):%Y-%m}", unit_id=row.unit_id, kind="deduction",
                        ticket_id=row.ticket_id, text=row.facts, points=points, state="accepted",
                        asked_by=row.proposed_by, asked_at=row.proposed_at, decided_by=actor.account_id,
                        decided_at=now, decision=row.decision,
                    )
                )  # fmt: skip
        return self._shown(row)

    async def sanctions(self, actor: Actor, unit_id: str | None = None) -> list[SanctionView]:
        """Return the newest records; people of a unit see their own, once they are imposed."""
        async with self._database.reading() as session:
            rows = await repository.records(session, actor.unit_id if actor.bound else unit_id)
        return [self._shown(row) for row in rows if not actor.bound or row.state == "imposed"]

    def _shown(self, row: SanctionRecord) -> SanctionView:
        known = self.profile.accountability.sanctions.get(row.kind)
        same = {name: getattr(row, name) for name in SanctionView.__slots__ if name != "title"}
        return SanctionView(**same, title=known.title if known else row.kind)
