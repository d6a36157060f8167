"""Use cases from dispatch to closing: what the centre sends, what the unit does, what the centre decides."""

from core.actors import Actor
from core.errors import InvalidInput
from tickets import repository
from tickets.answering import finish_answer, ready_to_answer, release_first, sign_first
from tickets.assigning import assign, current, granted
from tickets.base import Change, TicketServiceBase, require_text
from tickets.duties import TASKS, DutyKind, SpecialRule
from tickets.events import TICKET_CLOSED
from tickets.lifecycle import TicketEvent, TicketState
from tickets.model import Unit
from tickets.planning import drop_duties, facts_of, finish_duty, plan, reopen_resolve, time_for
from tickets.rules.returns import ReturnAsked, judge_return
from tickets.rules.verdicts import Outcome, Verdict
from tickets.supervision.facts import hazard_open
from tickets.supervision.ledgering import enter_ledger
from tickets.unsolved import keep_in_contact

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
            sign_first(change, TicketEvent.ANSWERED)
            release_first(change)
            words = require_text("answer", text)
            change.record(TicketEvent.ANSWERED, words)
            await ready_to_answer(change)
            await finish_answer(change, await current(change), words)
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
            given = frozenset(name for name, text in held.items() if text)
            asked = ReturnAsked(change.now, given, hazard_open(await repository.events(change.session, ticket_id)))
            texts = [("理由", reason), ("依据", basis), ("改派意见", suggestion)]
            note = ";".join(f"{name}:{text}" for name, text in texts if text)
            facts = facts_of(work, ())
            time_of = await time_for(change, work.unit_id)
            verdict = granted("return", judge_return(change.profile, change.matter, facts, asked, time_of))
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
            await enter_ledger(change)
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
            await drop_duties(change, tuple(kind for kind in DutyKind if kind not in TASKS))
            keep_in_contact(change)
            await change.push("closed")
            await change.tell(TICKET_CLOSED, f"{ticket.id}:{ticket.round}")
        return change.ticket.version


async def _unit(change: Change, unit_id: str | None) -> Unit:
    unit = await repository.unit(change.session, unit_id) if unit_id else None
    if unit is None or not unit.active:
        raise InvalidInput("unit_id", "请选择有效的承办单位")
    if unit.id == change.ticket.complained_unit_id:
        raise InvalidInput("unit_id", "不得由被投诉单位办理", code="unit_is_complained_about")
    if change.profile.routing.one_tier_down and unit.level != _CENTRE_LEVEL + 1:
        raise InvalidInput("unit_id", f"只能派发给下一级单位(依据{change.profile.routing.clause})")
    return unit


async def _end(change: Change) -> None:
    """The assignment is over: nothing of it is owed any more."""
    (await current(change)).ended_at = change.now
    kept = (DutyKind.DISPATCH, DutyKind.TRANSFER, *TASKS)
    await drop_duties(change, tuple(kind for kind in DutyKind if kind not in kept))
