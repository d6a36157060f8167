"""What follows the closing of an example's ticket: the survey, the callbacks, the verified responsibility."""

from dataclasses import dataclass
from datetime import datetime

from hotline.acceptance.course import CENTRE, FRONT, Course
from hotline.acceptance.schema import Event
from surveys.events import Rating, SurveyStep
from surveys.ladder import (
    Answer,
    SurveyEvent,
    SurveyState,
    enters_ledger,
    is_excluded,
    judge,
    judge_verification,
    satisfied,
)
from surveys.ladder import step as climb
from tickets.lifecycle import TicketEvent, TicketState

_RATINGS = {"satisfied": Rating.SATISFIED, "unsatisfied": Rating.DISSATISFIED}
_HELD = (TicketState.DISPATCHED, TicketState.SIGNED, TicketState.REWORK)
"""Where a unit has the ticket in hand."""


@dataclass
class Asking:
    """A survey of one round, as the surveys room climbs it."""

    state: SurveyState
    round: int
    decided: SurveyStep | None = None
    by_message: bool = False
    excluded: bool = False


@dataclass
class Aftercare(Course):
    """The events from the closing on."""

    asking: Asking | None = None
    in_ledger: bool = False
    """Entered in the supervision ledger (督办台账), where it stays."""

    def on_direct_answered(self, event: Event) -> None:
        """Answer on the call: closed at once."""
        self._take(TicketEvent.ANSWERED_DIRECTLY, FRONT)
        self.answered_directly = True
        self._close(event.at)

    def on_closed(self, event: Event) -> None:
        """Close the ticket and ask the citizen; a result that is not told by itself is given with the closing."""
        if self.work and not self.work.review_failed and self.state in _HELD:
            self.on_answered(event)
        self._take(TicketEvent.CLOSED, CENTRE)
        self._close(event.at)

    def on_sms_survey_replied(self, event: Event) -> None:
        """Take the citizen's reply by message."""
        asking = self.asked()
        rating = _RATINGS[event.fields["verdict"]]
        asking.by_message = rating is Rating.DISSATISFIED
        self._climb(asking, SurveyEvent.DISSATISFIED_BY_MESSAGE if asking.by_message else satisfied(self.rules))
        self._tell("survey_replied")

    def on_callback_done(self, event: Event) -> None:
        """Take what a manual callback brought."""
        asking, said = self.asked(), event.fields
        if asking.state is SurveyState.SETTLED:  # called once more, e.g. when the unit has rectified (JS-26a)
            asking = self.asking = Asking(SurveyState.CALLING, asking.round)
        if asking.state is SurveyState.ASKED:  # the message was not answered: a person calls
            self._climb(asking, SurveyEvent.NO_REPLY)
        answer = Answer(
            _RATINGS[said["verdict"]], self.category, asking.round, said.get("reason"), bool(said.get("explained"))
        )
        asking.excluded = is_excluded(self.rules, answer)
        self._climb(asking, judge(self.rules, answer))
        self._tell("called_back")

    def on_responsibility_verified(self, event: Event) -> None:
        """Take the finding whether the unit is at fault."""
        asking = self.asked()
        at_fault = bool(event.fields.get("unit_at_fault"))
        self._climb(asking, judge_verification(self.rules, asking.round, at_fault=at_fault))

    def asked(self) -> Asking:
        """Return the survey of the latest round."""
        if self.asking is None:
            raise ValueError("the ticket was not closed")
        return self.asking

    def _close(self, at: datetime) -> None:
        self.closed_at = at
        self._tell("closed")
        asked = self.rules.answered_directly_too or not self.answered_directly
        first = SurveyEvent.MESSAGE_QUEUED if asked else SurveyEvent.NOT_ASKED
        self.asking = Asking(SurveyState.NEW, self.round)
        self._climb(self.asking, first)

    def _climb(self, asking: Asking, event: SurveyEvent) -> None:
        rung = climb(asking.state, event)
        asking.state, asking.decided = rung.to, rung.step
        self.in_ledger |= rung.step is not None and enters_ledger(self.rules, rung.step)
