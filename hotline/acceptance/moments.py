"""Events that ask one rule and nothing more: screening, routing, telephony, metrics, periods, retention, access."""

import re
from decimal import Decimal
from typing import Any

from hotline.acceptance.aftercare import Aftercare
from hotline.acceptance.course import FRONT
from hotline.acceptance.schema import Event
from recordings.retention import RetentionRule, earliest_erasure, keep_until
from tickets.deadlines import midnight
from tickets.lifecycle import TRANSITIONS, TicketEvent
from tickets.profile_oversight import Trigger
from tickets.rules.access import AccessDecision, may_publish, may_view
from tickets.rules.archive import unit_archive
from tickets.rules.hotlines import REFUSED, Handling, dialled, transferred
from tickets.rules.intake import screen
from tickets.rules.metrics import Figure, annual_score, measure, target_of
from tickets.rules.periods import reports_due
from tickets.rules.routing import Decision, hazard, route, shirking, unclear

_LETTER = re.compile(r"(?<=[0-9)])[a-z]$")


class Moments(Aftercare):
    """Handlers that put what a rule says straight among the answers."""

    def __post_init__(self) -> None:
        """Begin with nothing said."""
        super().__post_init__()
        self.said: dict[str, Any] = {}
        self.happened: set[Trigger] = set()

    def on_intake_screened(self, event: Event) -> None:
        """Screen a matter at intake."""
        found = screen(self.profile, event.fields["fact"])
        self.said |= {"outcome": found.outcome, "clause": article(found.clause)}
        if found.outcome == "reject_with_guidance" and (self.state, TicketEvent.REJECTED) in TRANSITIONS:
            self._take(TicketEvent.REJECTED, FRONT)

    def on_matter_routed(self, event: Event) -> None:
        """Assign a matter by the units it concerns."""
        said = event.fields
        self._decide(
            route(
                self.profile,
                units=said.get("units") or 1,
                authority_unclear=bool(said.get("authority_unclear")),
                level=said.get("level") or self.level,
            )
        )

    def on_responsibility_disputed(self, event: Event) -> None:
        """Nobody is clearly competent."""
        del event
        self._decide(unclear(self.profile))

    def on_consultation_held(self, event: Event) -> None:
        """The consultation has named a unit."""
        self.said["assigned_unit"] = event.fields.get("unit")
        self.next_step = "dispatch"

    def on_shirking_recorded(self, event: Event) -> None:
        """Units pass the matter around."""
        self._decide(shirking(self.profile, [name for name, holds in event.fields.items() if holds]))

    def on_safety_hazard_found(self, event: Event) -> None:
        """A hazard was found while handling."""
        first, decision = hazard(self.profile, emergency_scope=bool(event.fields.get("emergency_scope")))
        self.said["first_unit_must"] = first
        self._decide(decision)

    def on_written_supervised(self, event: Event) -> None:
        """A letter was sent; it changes the level only when it is ignored."""
        del event

    def on_written_ignored(self, event: Event) -> None:
        """The letter stayed without effect."""
        del event
        self.happened.add("letter_ignored")

    def on_superior_instruction(self, event: Event) -> None:
        """A leader has given an instruction."""
        del event
        self.happened.add("instruction")

    def on_call_dialed(self, event: Event) -> None:
        """A caller dials a number."""
        self._telephony(dialled(self.profile, *_line(event)))

    def on_agent_transfer(self, event: Event) -> None:
        """An agent transfers to a number; a public emergency is thereby transferred by telephone (YC-15a)."""
        handling = transferred(self.profile, *_line(event))
        self._telephony(handling)
        if handling and handling.action != REFUSED:
            self.transferred_at = self.transferred_at or event.at

    def on_metric(self, event: Event) -> None:
        """Compute a metric."""
        inputs = {field: given for field, given in event.fields.items() if given is not None}
        name = inputs.pop("name")
        if name == "annual_score":
            months = [None if month is None else Decimal(str(month)) for month in inputs["months"]]
            figure = annual_score(months, target_of(self.profile, name))
        else:
            figure = measure(self.profile, name, inputs)
        self.said["metric"] = metric(figure)

    def on_period_check(self, event: Event) -> None:
        """Ask which reports fall due."""
        emergency = bool(event.fields.get("public_emergency"))
        self.said["reports"] = list(reports_due(self.profile, event.at, public_emergency=emergency))

    def on_recording_ended(self, event: Event) -> None:
        """A recording ends: its retention begins."""
        super().on_recording_ended(event)
        limit = self.profile.retention.recordings
        last = keep_until(event.at, RetentionRule(limit.amount, limit.clause, limit.basis.value))
        self.said |= {
            "purge_not_before": midnight(earliest_erasure(last)),
            "retention_basis": clause_id(limit.clause),
        }

    def on_result_reported(self, event: Event) -> None:
        """The unit reports the result: its file's retention begins."""
        kept = unit_archive(self.profile, self.category, event.at, self.time_of)
        self.said |= {"purge_not_before": kept.not_before, "retention_basis": clause_id(kept.basis)}

    def on_view_requested(self, event: Event) -> None:
        """Somebody wants to look."""
        self._access(may_view(self.profile, event.fields["viewer"]))

    def on_publish_requested(self, event: Event) -> None:
        """A result is to be published."""
        said = event.fields
        decision = may_publish(
            self.profile, caller_objects=bool(said.get("caller_objects")), unsuitable=bool(said.get("unsuitable"))
        )
        self._access(decision)

    def _decide(self, decision: Decision) -> None:
        self.next_step = decision.step
        self.said["decided_by"] = decision.decided_by

    def _telephony(self, handling: Handling | None) -> None:
        names = ("mode", "action", "number_kept", "legacy_seats", "shared_data", "ordinary_ticket")
        self.said["telephony"] = None if handling is None else {name: getattr(handling, name) for name in names}

    def _access(self, decided: AccessDecision) -> None:
        self.said["access"] = {"decision": decided.decision, "logged": decided.logged}


def _line(event: Event) -> tuple[str, str | None]:
    """Return number and class of a line; a line may be named by its class alone."""
    number, kind = event.fields.get("number"), event.fields.get("legacy_kind")
    if number is None and kind is None:
        raise ValueError("neither number nor legacy_kind is given")
    return "" if number is None else str(number), kind


def metric(figure: Figure) -> dict[str, Any]:
    """Return a figure in the words of the examples."""
    return {"value": figure.shown, "meets_target": figure.meets_target}


def clause_id(clause: str) -> str:
    """Return the article a clause belongs to: `YC-13.9b` is in `YC-13.9`; the letter only splits behaviours."""
    return _LETTER.sub("", clause)


def article(clause: str | None) -> str | None:
    """Return the article without the regulation's prefix: `9.5` of `JS-9.5`."""
    return clause_id(clause).split("-", 1)[1] if clause else None
