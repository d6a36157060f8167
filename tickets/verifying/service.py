"""Use cases: verifying by the platform or a unit, rectification after a finding, the callback that looks again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from core.actors import Actor
from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.ids import new_id
from core.personal import Personal
from tickets import repository as tickets
from tickets.base import Change, TicketServiceBase, require_text, visible
from tickets.confidentiality import reads_confidential
from tickets.duties import TASKS, DutyKind
from tickets.fields import PersonalText
from tickets.lifecycle import TicketEvent
from tickets.planning import finish_duty
from tickets.reminding import remind_unit
from tickets.rules.verifying import Method, Purpose, Result
from tickets.supervision.ledgering import enter_ledger
from tickets.tasks import begin_task, open_tasks
from tickets.verifying import repository
from tickets.verifying.model import TicketVerification

_MOST = 200


class VerificationFields(BaseModel):
    """What is written down about one verification."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    purpose: Purpose = Purpose.VERIFICATION
    method: Method
    result: Result
    happened_at: AwareDatetime
    found: Annotated[str, Field(min_length=1, max_length=4000)]
    place: PersonalText = None
    people: PersonalText = None


@dataclass(frozen=True, slots=True)
class VerificationView:
    """A verification as people see it."""

    id: str
    ticket_id: str
    round: int
    purpose: str
    method: str
    result: str
    by_unit_id: str | None
    unit_id: str | None
    happened_at: datetime
    place: Personal | None
    people: Personal | None
    found: Personal
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task that somebody owes."""

    ticket_id: str
    number: str
    kind: str
    label: str
    unit_id: str | None
    started_at: datetime
    due_at: datetime
    clause: str


class Verifying(TicketServiceBase):
    """Verification records, and the tasks that follow from them."""

    async def verify(
        self, ticket_id: str, actor: Actor, given: VerificationFields, expected_version: int | None = None
    ) -> VerificationView:
        """Write down a verification; what was found undone becomes a task of the unit (FJ-21, FJ-23, YZ-9a, JS-26a).

        Raises:
            InvalidInput: the profile knows no such method, a visit lacks its place or people, or lies in the future.
        """
        async with self._change(ticket_id, actor, expected_version) as change:
            _check(change, given)
            unit_id = change.ticket.unit_id
            data = {
                "purpose": given.purpose, "method": given.method, "result": given.result, "unit_id": unit_id,
                "happened_at": given.happened_at.isoformat(),
            }  # fmt: skip
            change.record(TicketEvent.VERIFIED, given.found, data)
            row = TicketVerification(
                id=new_id(), ticket_id=ticket_id, seq=change.ticket.ledger_length, round=change.ticket.round,
                purpose=given.purpose.value, method=given.method.value, by_unit_id=actor.unit_id, unit_id=unit_id,
                result=given.result.value, happened_at=given.happened_at, place=given.place, people=given.people,
                found=Personal(given.found), recorded_by=actor.account_id, recorded_at=change.now,
            )  # fmt: skip
            change.session.add(row)
            await _follow(change, given)
        return _view(row)

    async def mark_important(self, ticket_id: str, actor: Actor, note: str, expected_version: int | None = None) -> int:
        """Mark a matter as important: it is investigated, and the record of that ends the task (FJ-8.4)."""
        async with self._change(ticket_id, actor, expected_version) as change:
            change.record(TicketEvent.MARKED_IMPORTANT, require_text("note", note))
            change.ticket.important = True
            if not await open_tasks(change, DutyKind.INVESTIGATE):
                begin_task(change, DutyKind.INVESTIGATE, change.profile.verifying.investigate)
        return change.ticket.version

    async def order_recheck(self, ticket_id: str, actor: Actor, note: str, expected_version: int | None = None) -> int:
        """Have the centre call the citizen again to see whether what the unit said is true (回访复核, JS-26a)."""
        async with self._change(ticket_id, actor, expected_version) as change:
            await recheck(change, require_text("note", note))
        return change.ticket.version

    async def report_rectified(
        self, ticket_id: str, actor: Actor, text: str, expected_version: int | None = None
    ) -> int:
        """The unit reports that a finding was made good; the centre looks again (FJ-23c).

        Raises:
            Conflict: nothing is to be made good.
        """
        async with self._change(ticket_id, actor, expected_version) as change:
            change.record(TicketEvent.RECTIFIED, require_text("text", text))
            if not await open_tasks(change, DutyKind.RECTIFY):
                raise Conflict("此工单没有整改任务", code="ticket_nothing_to_rectify")
            await finish_duty(change, DutyKind.RECTIFY)
            await recheck(change, "整改反馈后复核")
        return change.ticket.version

    async def verifications(self, ticket_id: str, actor: Actor) -> tuple[VerificationView, ...]:
        """Return the verifications of a ticket, oldest first."""
        async with self._database.reading() as session:
            ticket = await tickets.ticket(session, ticket_id)
            if ticket is None or not await visible(session, ticket, actor):
                raise NotFound("工单", ticket_id)
            return tuple(_view(row) for row in await repository.of_ticket(session, ticket_id))

    async def verified_unit(self, unit_id: str, actor: Actor) -> tuple[VerificationView, ...]:
        """Return what verification found about a unit's handling, newest first: it stands on its record (JS-26a)."""
        if actor.bound and actor.unit_id != unit_id:
            raise Forbidden("只能查看本单位的核实结果", code="unit_of_another")
        async with self._database.reading() as session:
            rows = await repository.of_unit(session, unit_id, _MOST)
            found = []
            for row in rows:
                ticket = await tickets.ticket(session, row.ticket_id)
                if ticket is not None and await visible(session, ticket, actor):
                    found.append(_view(row))
        return tuple(found)

    async def tasks(self, actor: Actor, kinds: Sequence[DutyKind] = ()) -> tuple[TaskView, ...]:
        """Return open tasks, the next due first; people of a unit see what their unit owes."""
        if set(kinds) - set(TASKS):
            raise InvalidInput("kind", "可选:" + "、".join(TASKS))
        unit_id = (actor.unit_id or "") if actor.bound else None
        async with self._database.reading() as session:
            rows = await repository.open_tasks(
                session, [kind.value for kind in kinds], unit_id,
                confidential=reads_confidential(actor.role), limit=_MOST,
            )  # fmt: skip
        return tuple(
            TaskView(row.ticket_id, number, row.kind, DutyKind(row.kind).label, row.unit_id, row.started_at,
                     row.due_at, row.clause)
            for row, number in rows
        )  # fmt: skip


async def recheck(change: Change, note: str) -> None:
    """Begin the callback that looks again, unless one is owed already."""
    if not await open_tasks(change, DutyKind.RECHECK):
        row = begin_task(change, DutyKind.RECHECK, change.profile.verifying.recheck)
        change.record(TicketEvent.RECHECK_ORDERED, note, {"due_at": row.due_at.isoformat(), "clause": row.clause})


def _check(change: Change, given: VerificationFields) -> None:
    known = change.profile.verifying
    if given.method.value not in known.methods:
        words = "、".join(Method(name).label for name in known.methods)
        raise InvalidInput("method", f"可选:{words}(依据{known.clause})")
    if given.method.in_person:
        for field, words in (("place", "地点"), ("people", "人员")):
            if getattr(given, field) is None:
                raise InvalidInput(field, f"当面或现场核实须填写{words}")
    if given.happened_at > change.now:
        raise InvalidInput("happened_at", "不能晚于现在")


async def _follow(change: Change, given: VerificationFields) -> None:
    """End the task this was done for, and begin the one its result asks for."""
    ended = {Purpose.RECHECK: DutyKind.RECHECK, Purpose.INVESTIGATION: DutyKind.INVESTIGATE}.get(given.purpose)
    if ended:
        await finish_duty(change, ended)
    unit_id = change.ticket.unit_id
    if not given.result.asks_rectification or unit_id is None:
        return
    row = begin_task(change, DutyKind.RECTIFY, change.profile.verifying.rectify, unit_id)
    change.record(TicketEvent.RECTIFY_ORDERED, given.found, {"due_at": row.due_at.isoformat(), "clause": row.clause})
    await remind_unit(change, unit_id, row.due_at, "rectify", row.id)
    await enter_ledger(change)


def _view(row: TicketVerification) -> VerificationView:
    return VerificationView(**{name: getattr(row, name) for name in VerificationView.__slots__})
