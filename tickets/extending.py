"""Use cases of extensions (延期): what the unit asks, what the centre decides."""

from collections.abc import Sequence

from core.actors import Actor, Role
from core.errors import Conflict, Forbidden, InvalidInput
from core.ids import new_id
from core.personal import Personal
from tickets import repository
from tickets.assigning import current, granted
from tickets.base import Change, TicketServiceBase, require_text
from tickets.lifecycle import TicketEvent
from tickets.model import TicketAssignment, TicketExtension
from tickets.planning import facts_of, plan, time_for
from tickets.rules.extensions import ExtensionAsked, judge_extension
from tickets.rules.verdicts import Outcome, Verdict

_CENTRE_LEVEL = 1
_PENDING = ("pending_approval", "needs_override")


class Extending(TicketServiceBase):
    """Extensions of the handling deadline."""

    async def ask_extension(
        self, ticket_id: str, actor: Actor, days: int, reason: str, expected_version: int | None = None
    ) -> Verdict:
        """Ask for `days` more working days (延期).

        Raises:
            Conflict: refused by rule (code `extension_<reason>`), or a request waits already; nothing was changed.
        """
        if days < 1:
            raise InvalidInput("days", "至少1个工作日")
        async with self._change(ticket_id, actor, expected_version) as change:
            work = await current(change)
            asked_before = await repository.extensions(change.session, [work.id])
            if any(asked.state in _PENDING for asked in asked_before):
                raise Conflict("已有延期申请待审批", code="extension_pending")
            verdict = await _judge(change, work, asked_before, days, reason)
            filed = verdict.outcome is Outcome.EFFECTIVE
            event = TicketEvent.EXTENSION_FILED if filed else TicketEvent.EXTENSION_ASKED
            change.record(event, reason, {"days": days, "outcome": verdict.outcome.value})
            change.session.add(
                TicketExtension(
                    id=new_id(), ticket_id=ticket_id, assignment_id=work.id, days=days,
                    state="approved" if filed else verdict.outcome.value, reason=Personal.of(reason),
                    asked_at=change.now, decided_at=change.now if filed else None,
                )
            )  # fmt: skip
            if filed:
                await change.session.flush()
                await plan(change, work, keep_told=True)
            return verdict

    async def decide_extension(
        self,
        ticket_id: str,
        actor: Actor,
        *,
        approved: bool,
        note: str | None = None,
        expected_version: int | None = None,
    ) -> int:
        """Approve or reject the waiting extension (only the centre can, YC-16a); a second one needs a supervisor."""
        async with self._change(ticket_id, actor, expected_version) as change:
            work = await current(change)
            known = await repository.extensions(change.session, [work.id])
            waiting = next((asked for asked in known if asked.state in _PENDING), None)
            if waiting is None:
                raise Conflict("没有待审批的延期申请", code="extension_none_pending")
            if approved and waiting.state == Outcome.NEEDS_OVERRIDE:
                _may_override(actor, note)
            event = TicketEvent.EXTENSION_GRANTED if approved else TicketEvent.EXTENSION_REFUSED
            change.record(event, note, {"days": waiting.days})
            waiting.state, waiting.decided_at = "approved" if approved else "rejected", change.now
            await change.session.flush()
            await plan(change, work, keep_told=True)
        return change.ticket.version


async def _judge(
    change: Change, work: TicketAssignment, before: Sequence[TicketExtension], days: int, reason: str
) -> Verdict:
    facts = facts_of(work, before)
    # one who asks through the platform asks in writing; the unit's leader consents inside the unit
    given = frozenset({"written", "leader_consent", *(["reason"] if reason.strip() else [])})
    asked = ExtensionAsked(change.now, days, given)
    time_of = await time_for(change, work.unit_id)
    return granted("extension", judge_extension(change.profile, change.matter, facts, asked, time_of))


def _may_override(actor: Actor, note: str | None) -> None:
    if actor.role not in (Role.SUPERVISOR, Role.SHIFT_LEADER):
        raise Forbidden("再次延期须由主管决定", code="extension_needs_supervisor")
    require_text("note", note)
