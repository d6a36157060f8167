"""A ticket led through the events of an example: the same transitions, duties and ladders that the services use."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from core.actors import Actor, Role
from hotline.acceptance.schema import Event
from surveys.rules import SurveyRules, asks_by_message, tells_acceptance
from tickets.deadlines import WorkingTime
from tickets.duties import Assignment, Matter, SpecialRule, needs_approval
from tickets.lifecycle import TicketEvent, TicketState, step
from tickets.profile import Profile
from tickets.profile_values import Basis
from tickets.rules.extensions import ExtensionAsked, judge_extension, judge_extension_decision
from tickets.rules.returns import ReturnAsked, judge_return, judge_return_decision
from tickets.rules.telling import Moment, pushed
from tickets.rules.verdicts import PENDING, Outcome, Verdict

FRONT = Actor("agent", "话务员", Role.AGENT)
CENTRE = Actor("centre", "审核员", Role.REVIEWER)
_UNIT = Actor("unit", "承办人", Role.UNIT)
_APPROVERS = {"platform": "centre", "hotline": "centre", "city_centre": "centre", "supervisor": "supervisor"}
_RETURN_EVENTS = {
    "approved": TicketEvent.RETURN_APPROVED,
    "refused": TicketEvent.RETURN_REFUSED,
    "out_of_scope": TicketEvent.RETURN_OUT_OF_SCOPE,
}
_GIVEN = {"reason": "reason", "basis": "basis", "suggestion": "suggestion", "written": "written"}


@dataclass
class Work:
    """What happened to one assignment."""

    facts: Assignment
    matter: Matter
    contacted_at: datetime | None = None
    prelim_at: datetime | None = None
    answered_at: datetime | None = None
    review_failed: bool = False
    ended: bool = False


@dataclass
class Course:
    """The ticket of an example. Handlers are named `on_<event>`; each takes the event at its instant."""

    profile: Profile
    time_of: WorkingTime
    category: str | None
    state: TicketState = TicketState.DRAFT
    matter: Matter | None = None
    level: str | None = None
    work: Work | None = None
    round: int = 0
    dispatched_at: datetime | None = None
    transferred_at: datetime | None = None
    closed_at: datetime | None = None
    answered_directly: bool = False
    asked_days: int | None = None
    """Working days of the extension request that waits for a decision."""
    verdict: Verdict | None = None
    enquiry_failed: bool = False
    next_step: str | None = None
    """What a rule has named as the next step, until the ticket leaves for a unit."""
    sms: list[str] = field(default_factory=list)
    pushes: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Read the surveys room's parameters from the profile, as the wiring does."""
        self.rules = SurveyRules.model_validate(self.profile.surveys.values())

    def on_created(self, event: Event) -> None:
        """Accept the matter; where approval is ordered the ticket waits for it."""
        said = event.fields
        if self.category is None:
            raise ValueError("created: the example names no category")
        marks = frozenset(mark for mark in ("urgent", "simple", "convenience_list") if said.get(mark))
        source = None if said.get("source") is None else str(said["source"])
        self.matter = Matter(
            self.category, event.at, said.get("public_emergency"), said.get("repeat_calls") or 1,
            bool(said.get("hard")), marks, source,
        )  # fmt: skip
        self.level = said.get("level")
        self._take(TicketEvent.SUBMITTED if needs_approval(self.profile, self.matter) else TicketEvent.ACCEPTED, FRONT)
        self._tell("accepted")

    def on_dispatched(self, event: Event) -> None:
        """Dispatch for the first time, approved where that is ordered."""
        if self.state is TicketState.AWAITING_APPROVAL:
            self._take(TicketEvent.APPROVED, CENTRE)
        self._take(TicketEvent.DISPATCHED, CENTRE)
        self.dispatched_at = event.at
        self._tell("dispatched")
        self._assign(event)

    def on_redispatched(self, event: Event) -> None:
        """Dispatch to another unit after a return: a new assignment (AMB-12)."""
        self._take(TicketEvent.REDISPATCHED, CENTRE)
        self._tell("dispatched", again=True)
        self._assign(event)

    def on_rework_dispatched(self, event: Event) -> None:
        """Have the matter handled again: a new assignment (AMB-12)."""
        self._take(TicketEvent.REWORK_DISPATCHED, CENTRE)
        self.round += 1
        self.closed_at = None
        self._tell("dispatched", again=True)
        self._assign(event)

    def on_signed(self, event: Event) -> None:
        """Sign for the ticket."""
        work = self.working()
        self._take(TicketEvent.SIGNED, _UNIT)
        work.facts = replace(work.facts, signed_at=event.at)

    def on_contacted(self, event: Event) -> None:
        """Note the contact with the caller."""
        work = self.working()
        work.contacted_at = work.contacted_at or event.at

    def on_prelim_replied(self, event: Event) -> None:
        """Note the preliminary opinion."""
        work = self.working()
        work.prelim_at = work.prelim_at or event.at

    def on_answered(self, event: Event) -> None:
        """Report the result, answered to the caller."""
        work = self.working()
        self._take(TicketEvent.ANSWERED, _UNIT)
        work.answered_at, work.review_failed = event.at, False

    def on_answer_reviewed(self, event: Event) -> None:
        """Review the answer; a failed review sends it back under the same limit."""
        if event.fields.get("result") == "fail":
            work = self.working()
            self._take(TicketEvent.SENT_BACK, CENTRE)
            work.answered_at, work.review_failed = None, True

    def on_return_requested(self, event: Event) -> None:
        """Judge a return; a refused one changes nothing."""
        work = self.working()
        # the examples have no event for the simple treatment of a hazard: it is taken as done before a return
        asked = ReturnAsked(event.at, _given(event))
        self.verdict = judge_return(self.profile, work.matter, work.facts, asked, self.time_of)
        if self.verdict.outcome is Outcome.RETURNED:
            self._take(TicketEvent.RETURN_EFFECTIVE, _UNIT)
            self._end(work)
        elif self.verdict.outcome in PENDING:
            self._take(TicketEvent.RETURN_ASKED, _UNIT)

    def on_return_decided(self, event: Event) -> None:
        """Take the centre's decision on a return."""
        work, result = self.working(), event.fields["result"]
        self.verdict = judge_return_decision(self.profile, result)
        unsigned = result == "refused" and work.facts.signed_at is None
        self._take(TicketEvent.RETURN_REFUSED_UNSIGNED if unsigned else _RETURN_EVENTS[result], CENTRE)
        if result != "refused":
            self._end(work)

    def on_extension_requested(self, event: Event) -> None:
        """Judge an extension; a refused one changes nothing."""
        work, days = self.working(), event.fields.get("days") or 0
        asked = ExtensionAsked(event.at, days, _given(event))
        self.verdict = judge_extension(self.profile, work.matter, work.facts, asked, self.time_of)
        if self.verdict.outcome is Outcome.EFFECTIVE:
            self._take(TicketEvent.EXTENSION_FILED, _UNIT)
            self._extend(work, days)
        elif self.verdict.outcome in PENDING:
            self._take(TicketEvent.EXTENSION_ASKED, _UNIT)
            self.asked_days = days

    def on_extension_decided(self, event: Event) -> None:
        """Take a decision on the extension that waits; who may not approve changes nothing."""
        work, approved = self.working(), event.fields["result"] == "approved"
        by = _APPROVERS.get(event.fields.get("by", "platform"), "superior_unit")
        self.verdict = judge_extension_decision(self.profile, approved=approved, by=by)
        if self.verdict.outcome is Outcome.NOT_EFFECTIVE:
            return
        if self.asked_days is None:
            raise ValueError("extension_decided: no request waits for a decision")
        self._take(TicketEvent.EXTENSION_GRANTED if approved else TicketEvent.EXTENSION_REFUSED, CENTRE)
        if approved:
            self._extend(work, self.asked_days)
        self.asked_days = None

    def on_calls_repeated(self, event: Event) -> None:
        """Count further calls on the matter."""
        self._change_matter(repeat_calls=event.fields.get("count") or 1)

    def on_marked_hard(self, event: Event) -> None:
        """The centre marks the matter 疑难、复杂."""
        del event
        self._change_matter(hard=True)

    def on_phone_supervised(self, event: Event) -> None:
        """Note the phone enquiry of a red card."""
        self.enquiry_failed = event.fields.get("resolved") is False

    def on_recording_ended(self, event: Event) -> None:
        """The recording is there: it goes up where that is ordered."""
        del event
        self._tell("recording_ended")

    def working(self) -> Work:
        """Return the running assignment."""
        if self.work is None:
            raise ValueError("the ticket was not dispatched")
        return self.work

    def _take(self, event: TicketEvent, actor: Actor) -> None:
        self.state = step(self.state, event, actor)

    def _assign(self, event: Event) -> None:
        if self.matter is None:
            raise ValueError("the ticket was not created")
        days = event.fields.get("special_limit_days")
        # a rule of which no basis is told is not said to be a channel's own
        special = SpecialRule(days, event.fields.get("limit_basis") or "regulation", "") if days else None
        self.work = Work(Assignment(event.at, special=special), self.matter)
        self.asked_days, self.enquiry_failed, self.next_step = None, False, None

    def _end(self, work: Work) -> None:
        """The unit has the ticket no longer: what it has asked for is asked no more."""
        work.ended, self.asked_days = True, None

    def _extend(self, work: Work, days: int) -> None:
        work.facts = replace(work.facts, extensions=(*work.facts.extensions, days))

    def _change_matter(self, **changes: object) -> None:
        """Change the matter; a deadline that was met before is not computed again."""
        if self.matter is None:
            raise ValueError("the ticket was not created")
        self.matter = replace(self.matter, **changes)  # type: ignore[arg-type]
        if self.work and self.work.answered_at is None and not self.work.ended:
            self.work.matter = self.matter

    def _tell(self, moment: Moment, *, again: bool = False) -> None:
        self.pushes |= set(pushed(self.profile, moment))
        # the examples list the messages that the regulation itself orders, not those of the product's defaults
        given = self.profile.surveys
        if moment == "dispatched" and not again and tells_acceptance(self.rules, self.round):
            self.sms += ["acceptance"] if given.acceptance_sms.basis is not Basis.PRODUCT_DEFAULT else []
        if moment == "closed" and asks_by_message(self.rules, answered_directly=self.answered_directly):
            self.sms += ["survey"] if given.survey_sms.basis is not Basis.PRODUCT_DEFAULT else []


def _given(event: Event) -> frozenset[str]:
    held = {name for name, flag in _GIVEN.items() if event.fields.get(flag)}
    if event.fields.get("leader_approved"):
        held.add("leader_consent")
    return frozenset(held)
