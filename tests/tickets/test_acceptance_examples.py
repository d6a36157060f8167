"""The acceptance examples of the regulations, led through the real services.

`test_acceptance_runner` leads every example through the rules; here those that the services' use cases can express are
led through use cases and database too, so that the services are seen to ask the same rules.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.actors import Actor, Role, UnitPost
from core.clock import LOCAL, ManualClock
from core.database import Database
from core.errors import Conflict
from core.ids import new_id
from core.outbox import Deliverer, Delivery
from core.personal import Personal
from core.wire import read
from surveys.events import SMS_SEND, SURVEY_DECIDED, SURVEY_RATED, SurveyDecided, SurveyRated, SurveyStep
from surveys.gateways.file import FileGateway
from surveys.ladder import SurveyState, enters_ledger, owed
from surveys.rules import SurveyRules
from surveys.service import SurveyService
from surveys.views import Contact, SurveyView
from tests.tickets.conftest import AGENT, LEADER, REVIEWER
from tickets.duties import SpecialRule
from tickets.events import TICKET_CLOSED, TICKET_DISPATCHED, TicketMoment
from tickets.profile import load_profile
from tickets.profile_values import Basis
from tickets.service import TicketService

EXAMPLES = Path(__file__).parent / "data" / "regulations.yaml"
PROFILES = {"YC": "yichun", "JS": "jiangsu", "CZ": "changzhi", "FJ": "fujian", "YZ": "yangzhou"}
CALLBACK = Actor("callback-1", "回访员", Role.CALLBACK)
CENTRE = {"city_centre": REVIEWER, "hotline": REVIEWER, "platform": REVIEWER, "supervisor": LEADER}

DUE_KEYS = ("dispatch_due", "sign_due", "contact_due", "return_due", "prelim_due", "resolve_due", "transfer_due")
STATES = {"accepted": "created", "awaiting_approval": "created", "approved": "created", "archived": "closed"}
OTHER_FIELDS = {"level"}
"""Facts that no use case asks for by itself."""
OWN_RULES = ("not_written", "missing_leader_consent")
"""Reasons that cannot arise here: who asks through the platform asks in writing, and on the unit's word."""
_HELD = ("dispatched", "signed", "rework")
UNITS = {"A": 0, "B": 1, "C": 2}


class Case:
    """One example: its events become use cases at their instants."""

    def __init__(self, database: Database, clock: ManualClock, profile: str, sms: Path) -> None:
        self.clock = clock
        self.tickets = TicketService(database, clock, load_profile(profile))
        # every example is in the sample, and is called when it does not answer the message
        values = self.tickets.profile.surveys.values() | {"coverage_percent": 100, "no_reply_manual": True}
        self.rules = SurveyRules.model_validate(values)
        given = self.tickets.profile.surveys
        kinds = (("acceptance", given.acceptance_sms), ("survey", given.survey_sms))
        self.ordered = {kind for kind, rule in kinds if rule.basis is not Basis.PRODUCT_DEFAULT}
        self.surveys = SurveyService(database, clock, self.rules, FileGateway(sms), self.tickets.profile.hotline)
        self._database = database
        self._sms = sms
        self.ticket_id = ""
        self.outcome: dict[str, str | None] = {}
        self.units: list[Actor] = []

    async def play(self, category: str, events: list[dict[str, Any]]) -> None:
        await self.tickets.seed_units()
        level_2 = [unit for unit in await self.tickets.units() if unit.level == 2]
        self.units = [
            Actor(f"unit-{unit.code}", unit.name, Role.UNIT, unit_id=unit.id, unit_post=UnitPost.APPROVER)
            for unit in level_2
        ]
        for event in events:
            self.move_to(event["at"])
            await getattr(self, f"on_{event['event']}")(event, category)
            await self.deliver(TICKET_DISPATCHED, TICKET_CLOSED, SURVEY_RATED, SMS_SEND)

    def move_to(self, at: str) -> None:
        self.clock.advance(datetime.fromisoformat(at) - self.clock.now())

    def unit(self, event: Mapping[str, Any]) -> Actor:
        return self.units[UNITS[event.get("unit", "A")]]

    async def on_created(self, event: Mapping[str, Any], category: str) -> None:
        self.ticket_id = await self.tickets.open_draft(None, Personal("13800138000"), "12345")
        fields = {"category": category, "title": "标题", "summary": "内容", "unit_id": self.units[0].unit_id}
        if event.get("public_emergency"):
            fields["public_emergency"] = event["public_emergency"]
        fields["marks"] = [mark for mark in ("urgent", "simple", "convenience_list") if event.get(mark)]
        fields["source"] = event.get("source")
        await self.tickets.edit_draft(self.ticket_id, AGENT, fields)
        await self.tickets.accept(self.ticket_id, AGENT)
        await self._repeat(event.get("repeat_calls", 1))
        if event.get("hard"):
            await self.on_marked_hard(event, category)

    async def _repeat(self, count: int) -> None:
        for _ in range((await self.tickets.get(self.ticket_id)).repeat_calls, count):
            await self.tickets.add_repeat_call(self.ticket_id, AGENT, new_id())

    async def on_calls_repeated(self, event: Mapping[str, Any], category: str) -> None:
        await self._repeat(event["count"])

    async def on_marked_hard(self, event: Mapping[str, Any], category: str) -> None:
        await self.tickets.mark_hard(self.ticket_id, REVIEWER, "疑难复杂")

    async def on_direct_answered(self, event: Mapping[str, Any], category: str) -> None:
        await self.tickets.answer_directly(self.ticket_id, AGENT, "答复")

    async def on_dispatched(self, event: Mapping[str, Any], category: str) -> None:
        if (await self.tickets.get(self.ticket_id)).state == "awaiting_approval":
            await self.tickets.approve(self.ticket_id, LEADER)
        days = event.get("special_limit_days")
        special = SpecialRule(days, event["limit_basis"], "") if days else None
        await self.tickets.dispatch(self.ticket_id, LEADER, self.unit(event).unit_id, special=special)

    on_redispatched = on_dispatched

    async def on_rework_dispatched(self, event: Mapping[str, Any], category: str) -> None:
        await self.deliver(SURVEY_DECIDED)

    async def on_signed(self, event: Mapping[str, Any], category: str) -> None:
        await self.tickets.sign(self.ticket_id, self.unit(event))

    async def on_answered(self, event: Mapping[str, Any], category: str) -> None:
        contact = self.tickets.profile.contact
        if contact and contact.before_answer:  # the examples do not write it down
            await self.on_contacted(event, category)
        adoption, ticket = self.tickets.profile.adoption, await self.tickets.get(self.ticket_id)
        if adoption and category in adoption.categories and ticket.state in _HELD:
            await self.tickets.decide_adoption(self.ticket_id, self.unit(event), adopted=True, reason=None)
        await self.tickets.answer(self.ticket_id, self.unit(event), "答复")

    async def on_closed(self, event: Mapping[str, Any], category: str) -> None:
        await self.tickets.close(self.ticket_id, REVIEWER)

    async def on_contacted(self, event: Mapping[str, Any], category: str) -> None:
        await self.tickets.record_contact(self.ticket_id, self.unit(event), how="电话", told="办理程序和时限")

    async def on_prelim_replied(self, event: Mapping[str, Any], category: str) -> None:
        await self.tickets.preliminary(self.ticket_id, self.unit(event), "初步处置意见")

    async def on_answer_reviewed(self, event: Mapping[str, Any], category: str) -> None:
        if event["result"] == "fail":
            await self.tickets.send_back(self.ticket_id, REVIEWER, "不具体")

    async def on_return_requested(self, event: Mapping[str, Any], category: str) -> None:
        given = {name: "有" for name in ("basis", "suggestion", "reason") if event.get(name)}
        await self._ask(self.tickets.return_(self.ticket_id, self.unit(event), **given))

    async def on_return_decided(self, event: Mapping[str, Any], category: str) -> None:
        await self.tickets.decide_return(self.ticket_id, REVIEWER, event["result"])
        self.outcome = {"outcome": event["result"]}

    async def on_extension_requested(self, event: Mapping[str, Any], category: str) -> None:
        reason = "情况复杂" if event.get("reason") else ""
        await self._ask(self.tickets.ask_extension(self.ticket_id, self.unit(event), event["days"], reason))

    async def on_extension_decided(self, event: Mapping[str, Any], category: str) -> None:
        approved = event["result"] == "approved"
        await self.tickets.decide_extension(self.ticket_id, CENTRE[event["by"]], approved=approved, note="审批")
        self.outcome = {"outcome": event["result"]}

    async def _ask(self, asking: Any) -> None:
        try:
            verdict = await asking
        except Conflict as refused:
            self.outcome = {"outcome": "refused", "reason": str(refused.detail["reason"])}
        else:
            self.outcome = {"outcome": verdict.outcome.value, "reason": verdict.reason or None}

    async def on_phone_supervised(self, event: Mapping[str, Any], category: str) -> None:
        await self.tickets.record_phone_enquiry(self.ticket_id, REVIEWER, resolved=event["resolved"], note="电话问询")

    async def on_callback_done(self, event: Mapping[str, Any], category: str) -> None:
        self.clock.advance(timedelta())
        if not await self.surveys.callback_tasks(ticket_id=self.ticket_id):
            # the survey message still waits for its reply: silence ends and the callback post calls
            await self.surveys.remind_due(self.clock.now() + timedelta(days=7))
        (task,) = await self.surveys.callback_tasks(ticket_id=self.ticket_id)
        verdict = {"unsatisfied": "dissatisfied"}.get(event["verdict"], event["verdict"])
        explained = bool(event.get("explained"))
        await self.surveys.finish_callback(task.id, CALLBACK, verdict, reason=event.get("reason"), explained=explained)

    async def on_responsibility_verified(self, event: Mapping[str, Any], category: str) -> None:
        (task,) = await self.surveys.callback_tasks(ticket_id=self.ticket_id)
        outcome = "at_fault" if event["unit_at_fault"] else "not_at_fault"
        await self.surveys.finish_callback(task.id, REVIEWER, outcome)

    async def deliver(self, *topics: str) -> None:
        handlers = {
            TICKET_DISPATCHED: partial(self._told, self.surveys.on_dispatched),
            TICKET_CLOSED: partial(self._told, self.surveys.on_closed),
            SURVEY_RATED: self._rated,
            SURVEY_DECIDED: self._decided,
            SMS_SEND: self.surveys.send,
        }
        deliverer = Deliverer(self._database, self.clock, {topic: handlers[topic] for topic in topics})
        while await deliverer.run_once():
            pass

    async def _told(self, handler: Any, delivery: Delivery) -> None:
        moment = read(TicketMoment, delivery.payload)
        known = await self.tickets.contact(moment.ticket_id)
        await handler(
            moment, Contact(known.phone, known.name, known.category, known.answered_directly, known.query_code)
        )

    async def _rated(self, delivery: Delivery) -> None:
        await self.tickets.record_rating(read(SurveyRated, delivery.payload))

    async def _decided(self, delivery: Delivery) -> None:
        await self.tickets.follow_survey(read(SurveyDecided, delivery.payload))

    async def answers(self) -> dict[str, Any]:
        """Return what the platform shows now, in the words of the examples."""
        shown, all_duties = await self.tickets.get(self.ticket_id), await self.tickets.duties(self.ticket_id)
        latest = {duty.kind: duty for duty in sorted(all_duties, key=lambda duty: duty.started_at)}
        surveys = await self.surveys.surveys(self.ticket_id)
        now = {f"{kind}_due": duty.due_at for kind, duty in latest.items() if duty.assessed or kind == "return"}
        resolve = latest.get("resolve")
        sent = [json.loads(path.read_text("utf-8"))["kind"] for path in sorted((self._sms / "outbox").glob("*.json"))]
        step = surveys[-1].step if surveys else None
        return {
            **dict.fromkeys(DUE_KEYS),
            **{key: due for key, due in now.items() if key in DUE_KEYS},
            **self.outcome,
            "warn_at": resolve.warn_at if resolve else None,
            "overdue": sorted(duty.kind for duty in latest.values() if duty.overdue and duty.assessed),
            "state": "review_failed" if await self._sent_back() else STATES.get(shown.state, shown.state),
            "card": shown.card,
            "next": self._next(shown.supervision_step, surveys[-1] if surveys else None),
            "ledger": step is not None and enters_ledger(self.rules, SurveyStep(step)),
            "sms": [kind for kind in sent if kind in self.ordered],
            "excluded": bool(surveys and surveys[-1].excluded),
            "calendar_status": "provisional" if resolve and resolve.provisional else "official",
        }

    async def _sent_back(self) -> bool:
        return (await self.tickets.ledger(self.ticket_id))[-1].event == "sent_back"

    def _next(self, card_step: str, survey: SurveyView | None) -> str:
        if survey is None:
            return card_step
        by_message = survey.rating == "dissatisfied" and survey.state == "calling"
        decided = SurveyStep(survey.step) if survey.step else None
        return owed(self.rules, SurveyState(survey.state), decided, by_message=by_message)


def expressible(example: Mapping[str, Any]) -> str | None:
    """Return why an example cannot be played yet; None: it can."""
    unknown = [event["event"] for event in example["events"] if not hasattr(Case, f"on_{event['event']}")]
    if unknown:
        return f"events of other parts: {', '.join(sorted(set(unknown)))}"
    known = {*DUE_KEYS, "warn_at", "overdue", "state", "outcome", "reason", "card", "next", "ledger", "sms", "excluded"}
    more = set(example["expect"]) - known - {"calendar_status"}
    if more:
        return f"expectations of other parts: {', '.join(sorted(more))}"
    if example["expect"].get("reason") in OWN_RULES:
        return "who asks through the platform asks in writing and on the unit's word"
    asked = {name for event in example["events"] for name in event} & OTHER_FIELDS
    return f"facts of other parts: {', '.join(sorted(asked))}" if asked else None


def examples() -> list[Any]:
    loaded = yaml.safe_load(EXAMPLES.read_text("utf-8"))
    return [pytest.param(example, id=example["id"]) for example in loaded if expressible(example) is None]


def test_most_examples_are_played_through_the_services() -> None:
    assert len(examples()) > 100


@pytest.mark.parametrize("example", examples())
async def test_the_platform_does_what_the_example_says(
    example: dict[str, Any], sqlite_url: str, clock: ManualClock, tmp_path: Path
) -> None:
    database = Database(sqlite_url)
    case = Case(database, clock, PROFILES[example["profile"]], tmp_path / "sms")
    await case.play(example["category"], example["events"])
    case.move_to(example["query_at"])
    answers = await case.answers()
    await database.close()
    got = {key: answers.get(key) for key in example["expect"]}
    got = {
        key: value.astimezone(LOCAL).isoformat() if isinstance(value, datetime) else value for key, value in got.items()
    }
    assert got == example["expect"]


def test_refusals_at_intake_are_those_the_regulation_lists() -> None:
    checked = 0
    for example in yaml.safe_load(EXAMPLES.read_text("utf-8")):
        if example["profile"] in PROFILES and example["topic"] == "intake_screening":
            fact = example["events"][0]["fact"]
            if fact == "unsure":
                continue
            ground = load_profile(PROFILES[example["profile"]]).refusal(fact)
            clause = ground.clause.split("-", 1)[1] if ground else None
            assert clause == example["expect"].get("clause", clause), example["id"]
            checked += 1
    assert checked >= 4
