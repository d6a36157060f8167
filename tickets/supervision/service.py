"""Use cases of supervision: how a ticket stands on the ladder, what people find, routing, hazards, publication."""

from dataclasses import dataclass
from datetime import datetime

from core.actors import Actor
from core.errors import InvalidInput, NotFound
from tickets import repository
from tickets.base import TicketServiceBase, require_text, visible
from tickets.lifecycle import TicketEvent
from tickets.rules.access import AccessDecision, may_publish
from tickets.rules.routing import Decision, hazard, platform_for, route, shirking
from tickets.rules.supervision import accountability, steps_that_apply
from tickets.supervision.facts import OF_PEOPLE, counts, hazard_open, supervision_facts
from tickets.supervision.ledgering import enter_ledger, known_of
from tickets.verifying.service import recheck

_LEVELS = ("province", "cross_city", "city", "county")
_SHIRKING = ("long_term", "big_impact", "unresolved")


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of the ladder that applies; `ask`: what it asks of the centre now."""

    code: str
    title: str
    clause: str
    ask: str
    enters_ledger: bool


@dataclass(frozen=True, slots=True)
class SupervisionView:
    """How a ticket stands under supervision.

    Attributes:
        level: the highest step that applies; None: none does.
        counters: what is counted for accountability and is full, with the clause.
        supervised_at: since when it stands in the ledger (督办台账).
        hazard_open: a hazard was found that nobody has made safe yet (FJ-19c).
    """

    level: StepView | None
    steps: tuple[StepView, ...]
    breached: tuple[str, ...]
    counters: tuple[tuple[str, str], ...]
    supervised_at: datetime | None
    hazard_open: bool
    instruments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoutingView:
    """Where a matter goes and who decides it; `platform`: for matters of another level."""

    step: str
    decided_by: str | None
    clause: str
    platform: str | None = None
    first_unit_must: str | None = None


class Supervising(TicketServiceBase):
    """Use cases of supervisors, and of who finds that a matter needs more than handling."""

    async def supervision(self, ticket_id: str, actor: Actor) -> SupervisionView:
        """Return how the ticket stands on its profile's ladder now."""
        now = self._clock.now()
        async with self._database.reading() as session:
            ticket = await repository.ticket(session, ticket_id)
            if ticket is None or not await visible(session, ticket, actor):
                raise NotFound("工单", ticket_id)
            profile = await self._profile_of(session, ticket.profile_version)
            known = await known_of(session, ticket)
        facts = supervision_facts(profile, known, now, self._time_of(profile))
        steps = tuple(
            StepView(step.code, step.title, step.clause, step.ask, step.enters_ledger)
            for step in steps_that_apply(profile, facts)
        )
        return SupervisionView(
            level=steps[-1] if steps else None,
            steps=steps,
            breached=tuple(sorted(facts.breached)),
            counters=accountability(profile, counts(known, now)),
            supervised_at=known.ticket.supervised_at,
            hazard_open=hazard_open(known.events),
            instruments=profile.supervision.instruments,
        )

    async def note_fact(
        self, ticket_id: str, actor: Actor, fact: str, note: str, expected_version: int | None = None
    ) -> int:
        """Record what a person finds about a unit (能办不办, 推诿, 批示 …): the ladder climbs.

        Raises:
            InvalidInput: the profile's ladder knows no such fact.
        """
        async with self._change(ticket_id, actor, expected_version) as change:
            ladder = {step.trigger for step in change.profile.supervision.ladder}
            possible = [known for known in OF_PEOPLE if known in ladder]
            if fact not in possible:
                raise InvalidInput("fact", "可选:" + "、".join(possible))
            change.record(TicketEvent.FACT_NOTED, require_text("note", note), {"fact": fact})
            await enter_ledger(change)
            if fact == "result_untrue":  # 回访复核 (JS-26a)
                await recheck(change, note)
        return change.ticket.version

    async def note_shirking(
        self, ticket_id: str, actor: Actor, facts: tuple[str, ...], note: str, expected_version: int | None = None
    ) -> RoutingView:
        """Record that units pass the matter around; return what follows: joint supervision or referral (YZ-9c)."""
        if set(facts) - set(_SHIRKING):
            raise InvalidInput("facts", "可选:" + "、".join(_SHIRKING))
        async with self._change(ticket_id, actor, expected_version) as change:
            decided = shirking(change.profile, facts)
            data = {"fact": "shirking", "facts": sorted(facts), "step": decided.step, "clause": decided.clause}
            change.record(TicketEvent.FACT_NOTED, require_text("note", note), data)
            await enter_ledger(change)
        return _view(decided)

    async def route(
        self,
        ticket_id: str,
        actor: Actor,
        *,
        units: int,
        authority_unclear: bool,
        level: str | None,
        expected_version: int | None = None,
    ) -> RoutingView:
        """Judge where a matter goes: the fallback unit, lead and assisting units, another platform (FJ-16, CZ-三(二)).

        The judgement stands in the ledger; the dispatch itself stays an act of its own.
        """
        if level is not None and level not in _LEVELS:
            raise InvalidInput("level", "可选:" + "、".join(_LEVELS))
        async with self._change(ticket_id, actor, expected_version) as change:
            decided = route(change.profile, units=units, authority_unclear=authority_unclear, level=level)
            platform = platform_for(change.profile, level)
            data = {"step": decided.step, "decided_by": decided.decided_by, "clause": decided.clause}
            change.record(TicketEvent.ROUTED, data={**data, "level": level, "units": units, "platform": platform})
        return _view(decided, platform=platform)

    async def report_hazard(
        self, ticket_id: str, actor: Actor, note: str, *, emergency_scope: bool, expected_version: int | None = None
    ) -> RoutingView:
        """Record a safety hazard: the first unit must make it safe, and emergency management may have to be told.

        `emergency_scope`: it falls under the rules of emergency management (FJ-15); then the note is the proof of the
        report that was made.
        """
        async with self._change(ticket_id, actor, expected_version) as change:
            first, decided = hazard(change.profile, emergency_scope=emergency_scope)
            data = {"first_unit_must": first, "step": decided.step, "clause": decided.clause}
            change.record(TicketEvent.HAZARD_FOUND, require_text("note", note), data)
        return _view(decided, first=first)

    async def decide_publication(
        self, ticket_id: str, actor: Actor, *, unsuitable: bool, note: str, expected_version: int | None = None
    ) -> AccessDecision:
        """Decide whether the result may be published: never against the caller's will, nor unsuitable (YC-27b)."""
        async with self._change(ticket_id, actor, expected_version) as change:
            objects = not change.ticket.publication_allowed
            secret = unsuitable or change.ticket.confidential
            decided = may_publish(change.profile, caller_objects=objects, unsuitable=secret)
            data = {"decision": decided.decision, "caller_objects": objects, "unsuitable": secret}
            change.record(TicketEvent.PUBLICATION_DECIDED, require_text("note", note), data)
        return decided


def _view(decided: Decision, platform: str | None = None, first: str | None = None) -> RoutingView:
    return RoutingView(decided.step, decided.decided_by, decided.clause, platform, first)
