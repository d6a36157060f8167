"""What is told to the upper platform at which moment. Messages to the caller are the surveys room's. Pure."""

from typing import Literal

from tickets.profile import Profile

Moment = Literal["accepted", "dispatched", "closed", "recording_ended", "survey_replied", "called_back"]


def pushed(profile: Profile, moment: Moment) -> tuple[str, ...]:
    """Return the kinds of data that go up at `moment`."""
    return tuple(item.kind for item in profile.push.items if moment in item.on)
