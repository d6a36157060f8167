"""Use cases from dispatch to closing: what the centre sends, what the unit does, what the centre decides."""

from collections.abc import Sequence

from core.actors import Actor, Role
from core.errors import Conflict, Forbidden, InvalidInput, TransitionRefused
from core.ids import new_id
from core.personal import Personal
from tickets import repository
from tickets.base import Change, TicketServiceBase, require_text
from tickets.duties import DutyKind, SpecialRule
from tickets.events import TICKET_CLOSED, TICKET_DISPATCHED
from tickets.lifecycle import TicketEvent, TicketState
from tickets.model import NO_LIMIT, TicketAssignment, TicketExtension, Unit
from tickets.planning import drop_duties, facts_of, finish_duty, plan, reopen_resolve
from tickets.rules.extensions import ExtensionAsked, judge_extension
from tickets.rules.returns import ReturnAsked, judge_return
from tickets.rules.verdicts import Outcome, Verdict
from tickets.shares import ShareState

_CENTRE_LEVEL = 1
_PENDING = ("pending_approval", "needs_override")


class Handling(TicketServiceBase):
    """Use cases of the centre and of the units while a ticket is handled."""

    async def dispatch(
        self,
        ticket_id: str,
        actor: Actor,
        unit_id: str | None = None,
        expected_version: int | None = None,
        *,
        special: SpecialRule | None = None,
        note: str | None = None,
    ) -> int:
        """Send the ticket to a unit (派发), or to another one after a return; return the new version.

        Args:
            ticket_id: the ticket.
            actor: who sends it.
            unit_id: the unit; None: the proposed one.
            expected_version: version the actor saw.
            special: a limit that another rule sets (YC-14h).
            note: for the ledger.
        """
        async with self._change(ticket_id, actor, expected_version) as change:
            ticket = change.ticket
            unit = await _unit(change, unit_id or ticket.proposed_unit_id)
            again = change.state is TicketState.RETURNED
            event = TicketEvent.REDISPATCHED if again else TicketEvent.DISPATCHED
            change.record(event, note, {"unit_id": unit.id, "unit": unit.name})
            ticket.dispatched_at = ticket.dispatched_at or change.now
            await finish_duty(change, DutyKind.DISPATCH)
            await assign(change, unit.id, special)
        return change.ticket.version

    async def sign(self, ticket_id: str, actor: Actor, expected_version: int | None = None) -> int:
        """Sign for the ticket (签收)."""
        async with self._change(ticket_id, actor, expected_version) as change:
            change.record(TicketEvent.SIGNED)
            work = await current(change)
            work.signed_at = change.now
            await finish_duty(change, DutyKind.SIGN)
            await plan(change, work, keep_told=True)
        return change.ticket.version

    async def answer(self, ticket_id: str, actor: Actor, text: str, expected_version: int | None = None) -> int:
        """Report the result with the answer given to the caller (答复); this stops the clock (AMB-36)."""
        async with self._change(ticket_id, actor, expected_version) as change:
            _sign_first(change, TicketEvent.ANSWERED)
            change.record(TicketEvent.ANSWERED, require_text("answer", text))
            change.ticket.answer = Personal(text.strip())
            change.texts_changed = True
            work = await current(change)
            work.answered_at = change.now
            await finish_duty(change, DutyKind.RESOLVE)
            await drop_duties(change, (DutyKind.RETURN,))
        return change.ticket.version

    async def send_back(self, ticket_id: str, actor: Actor, note: str, expected_version: int | None = None) -> int:
        """Review failed: the unit must make the answer good within the same limit (YC-7.6, AMB-37)."""
        async with self._change(ticket_id, actor, expected_version) as change:
            change.record(TicketEvent.SENT_BACK, require_text("note", note))
            (await current(change)).answered_at = None
            await reopen_resolve(change)
        return change.ticket.version

    async def return_(
        self,
        ticket_id: str,
        actor: Actor,
        *,
        basis: str | None = None,
        suggestion: str | None = None,
        reason: str | None = None,
        expected_version: int | None = None,
    ) -> Verdict:
        """Ask to send the ticket back (退回) with a basis or a proposal where else it belongs.

        Raises:
            Conflict: the request is refused by rule (code `return_<reason>`); nothing was changed.
        """
        async with self._change(ticket_id, actor, expected_version) as change:
            work = await current(change)
            held = {"reason": reason, "basis": basis, "suggestion": suggestion}
            asked = ReturnAsked(change.now, frozenset(name for name, text in held.items() if text))
            texts = [("理由", reason), ("依据", basis), ("改派意见", suggestion)]
            note = ";".join(f"{name}:{text}" for name, text in texts if text)
            facts = facts_of(work, ())
            verdict = _granted("return", judge_return(change.profile, change.matter, facts, asked, change.time_of))
            if verdict.outcome is Outcome.RETURNED:
                change.record(TicketEvent.RETURN_EFFECTIVE, note)
                await _end(change)
            else:
                change.record(TicketEvent.RETURN_ASKED, note)
            return verdict

    async def decide_return(
        self, ticket_id: str, actor: Actor, result: str, note: str | None = None, expected_version: int | None = None
    ) -> int:
        """Decide a return: `approved`, `refused` or `out_of_scope` (不予受理)."""
        events = {
            "approved": TicketEvent.RETURN_APPROVED,
            "refused": TicketEvent.RETURN_REFUSED,
            "out_of_scope": TicketEvent.RETURN_OUT_OF_SCOPE,
        }
        if result not in events:
            raise InvalidInput("result", "可选:" + "、".join(events))
        async with self._change(ticket_id, actor, expected_version) as change:
            unsigned = result == "refused" and (await current(change)).signed_at is None
            change.record(TicketEvent.RETURN_REFUSED_UNSIGNED if unsigned else events[result], note)
            if result != "refused":
                await _end(change)
        return change.ticket.version

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
            verdict = _judge(change, work, asked_before, days, reason)
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

    async def mark_hard(self, ticket_id: str, actor: Actor, note: str, expected_version: int | None = None) -> int:
        """The centre marks the matter 疑难、复杂; with enough calls the longer limit applies (YC-14g)."""
        async with self._change(ticket_id, actor, expected_version) as change:
            change.ticket.hard = True
            change.record(TicketEvent.MARKED_HARD, require_text("note", note))
            await self._replan(change)
        return change.ticket.version

    async def add_repeat_call(self, ticket_id: str, actor: Actor, call_id: str) -> int:
        """Link another call of the same caller on the same matter; the same call twice counts once."""
        async with self._change(ticket_id, actor) as change:
            once = f"call:{call_id}"
            if change.ticket.call_id != call_id and not await repository.happened(change.session, ticket_id, once):
                change.ticket.repeat_calls += 1
                change.record(TicketEvent.REPEATED, data={"call_id": call_id}, once=once)
                await self._replan(change)
        return change.ticket.version

    async def _replan(self, change: Change) -> None:
        if change.ticket.assignment_id and change.state is not TicketState.ANSWERED:
            await plan(change, await current(change), keep_told=True)

    async def record_phone_enquiry(
        self, ticket_id: str, actor: Actor, *, resolved: bool, note: str, expected_version: int | None = None
    ) -> int:
        """Record the phone enquiry of a red card (YC-34.2b)."""
        async with self._change(ticket_id, actor, expected_version) as change:
            change.record(TicketEvent.PHONE_SUPERVISED, require_text("note", note), {"resolved": resolved})
            (await current(change)).phone_enquiry_failed = not resolved
        return change.ticket.version

    async def close(
        self,
        ticket_id: str,
        actor: Actor,
        ground: str = "done",
        note: str | None = None,
        expected_version: int | None = None,
    ) -> int:
        """The answer passes review and the ticket is closed (办结) on a ground of the profile (YC-13.6)."""
        async with self._change(ticket_id, actor, expected_version) as change:
            ticket = change.ticket
            if ground not in change.profile.closing.grounds:
                raise InvalidInput("ground", "可选:" + "、".join(change.profile.closing.grounds))
            change.record(TicketEvent.CLOSED, note, {"ground": ground})
            ticket.closing_ground, ticket.closed_at = ground, change.now
            (await current(change)).ended_at = change.now
            await drop_duties(change, tuple(DutyKind))
            await change.tell(TICKET_CLOSED, f"{ticket.id}:{ticket.round}")
        return change.ticket.version


async def assign(change: Change, unit_id: str, special: SpecialRule | None = None) -> TicketAssignment:
    """Begin a new assignment with all its limits and tell the others (AMB-12)."""
    ticket = change.ticket
    before = await repository.assignments(change.session, ticket.id)
    work = TicketAssignment(
        id=new_id(), ticket_id=ticket.id, seq=len(before) + 1, round=ticket.round, unit_id=unit_id, kind="lead",
        state=ShareState.WAITING.value, due_at=NO_LIMIT, reminders=0,
        dispatched_at=change.now, special_days=special.days if special else None,
        special_basis=special.basis if special else None, special_clause=special.clause if special else None,
        phone_enquiry_failed=False,
    )  # fmt: skip
    change.session.add(work)
    ticket.unit_id, ticket.assignment_id = unit_id, work.id
    await let_see(change, unit_id)
    await plan(change, work)
    await change.tell(TICKET_DISPATCHED, f"{ticket.id}:{work.seq}")
    return work


async def let_see(change: Change, unit_id: str) -> None:
    """Let a unit and those above it see the ticket (YC-9.7; the 主管部门 of an enterprise: JS-3b, YC-5)."""
    role, seen = "handling", set[str]()
    waiting: list[str] = [unit_id]
    while waiting:
        current_id = waiting.pop()
        row = None if current_id in seen else await repository.unit(change.session, current_id)
        if row is None:
            continue
        seen.add(current_id)
        await repository.add_party(change.session, change.ticket.id, current_id, role)
        role = "superior"
        waiting += [above for above in (row.parent_id, row.managing_unit_id) if above]
    change.texts_changed = True


async def current(change: Change) -> TicketAssignment:
    """Return the running assignment.

    Raises:
        Conflict: the ticket was never dispatched.
    """
    if change.ticket.assignment_id is None:
        raise Conflict("工单尚未派发", code="ticket_not_dispatched")
    return await repository.assignment(change.session, change.ticket.assignment_id)


async def _unit(change: Change, unit_id: str | None) -> Unit:
    unit = await repository.unit(change.session, unit_id) if unit_id else None
    if unit is None or not unit.active:
        raise InvalidInput("unit_id", "请选择有效的承办单位")
    if change.profile.routing.one_tier_down and unit.level != _CENTRE_LEVEL + 1:
        raise InvalidInput("unit_id", f"只能派发给下一级单位(依据{change.profile.routing.clause})")
    return unit


def _judge(
    change: Change, work: TicketAssignment, before: Sequence[TicketExtension], days: int, reason: str
) -> Verdict:
    facts = facts_of(work, before)
    # one who asks through the platform asks in writing; the unit's leader consents inside the unit
    given = frozenset({"written", "leader_consent", *(["reason"] if reason.strip() else [])})
    asked = ExtensionAsked(change.now, days, given)
    return _granted("extension", judge_extension(change.profile, change.matter, facts, asked, change.time_of))


async def _end(change: Change) -> None:
    """The assignment is over: nothing of it is owed any more."""
    (await current(change)).ended_at = change.now
    await drop_duties(change, tuple(kind for kind in DutyKind if kind not in (DutyKind.DISPATCH, DutyKind.TRANSFER)))


def _sign_first(change: Change, event: TicketEvent) -> None:
    """Nothing is handled before sign-off where sign-off is a duty (JS-11.3a, YC-13.3a)."""
    if change.profile.sign.assessed and change.state in (TicketState.DISPATCHED, TicketState.REWORK):
        raise TransitionRefused("工单", change.state.label, event.label)


def _granted(what: str, verdict: Verdict) -> Verdict:
    if verdict.outcome is Outcome.REFUSED:
        raise Conflict(
            f"{verdict.words}(依据{verdict.clause})",
            code=f"{what}_{verdict.reason}",
            detail={"reason": verdict.reason, "clause": verdict.clause},
        )
    return verdict


def _may_override(actor: Actor, note: str | None) -> None:
    if actor.role not in (Role.SUPERVISOR, Role.SHIFT_LEADER):
        raise Forbidden("再次延期须由主管决定", code="extension_needs_supervisor")
    require_text("note", note)
