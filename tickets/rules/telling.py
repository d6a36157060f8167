"""What is told to whom at which moment: pushes to the upper platform, messages to the caller. Pure."""

from dataclasses import dataclass
from typing import Literal

from tickets.profile import Profile
from tickets.profile_values import Basis

Moment = Literal["accepted", "dispatched", "closed", "recording_ended", "survey_replied", "called_back"]


@dataclass(frozen=True, slots=True)
class Message:
    """A text message to the caller; `ordered`: the regulation itself asks for it, not the product's default."""

    kind: Literal["acceptance", "survey"]
    clause: str
    ordered: bool


def pushed(profile: Profile, moment: Moment) -> tuple[str, ...]:
    """Return the kinds of data that go up at `moment`."""
    return tuple(item.kind for item in profile.push.items if moment in item.on)


def messages(
    profile: Profile, moment: Moment, *, first_dispatch: bool = True, answered_directly: bool = False
) -> tuple[Message, ...]:
    """Return the messages the caller gets at `moment`.

    Args:
        profile: the regulation.
        moment: what happened.
        first_dispatch: a dispatch to another unit and a rework tell the caller nothing new (AMB-12).
        answered_directly: the matter was closed on the call.
    """
    rules = profile.surveys
    if moment == "dispatched" and first_dispatch and rules.acceptance_sms.value:
        return (Message("acceptance", rules.acceptance_sms.clause, _ordered(rules.acceptance_sms.basis)),)
    survey = rules.survey_sms.value and (rules.survey_sms_answered_directly.value or not answered_directly)
    if moment == "closed" and survey:
        return (Message("survey", rules.survey_sms.clause, _ordered(rules.survey_sms.basis)),)
    return ()


def _ordered(basis: Basis) -> bool:
    return basis is not Basis.PRODUCT_DEFAULT
