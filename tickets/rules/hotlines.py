"""Merged hotlines: what becomes of a call to a number, and of an agent's transfer to it (profiles §10). Pure."""

from dataclasses import dataclass

from tickets.profile import Profile

REFUSED = "refuse_transfer_answer_in_12345_queue"
"""What becomes of a transfer to a number that has been taken over: nobody is there any more, the caller stays."""


@dataclass(frozen=True, slots=True)
class Handling:
    """How a number is served; the flags stand for what the mode means."""

    mode: str
    title: str
    action: str
    number_kept: bool
    legacy_seats: bool
    shared_data: bool
    ordinary_ticket: bool
    clause: str


def mode_of(profile: Profile, number: str, kind: str | None = None) -> str | None:
    """Return the mode of a number: emergency numbers first, then its class, then the list; None: not ours.

    Emergency numbers can never be entered as merged hotlines (CZ-二(二)0, YC-17), whatever class is claimed.
    """
    lines = profile.hotlines
    listed = lines.numbers.get(number)
    if listed and not lines.modes[listed.mode].ordinary_ticket:
        return listed.mode
    if kind is not None and kind in lines.kinds:
        return lines.kinds[kind].mode
    return listed.mode if listed else lines.unlisted.value or None


def dialled(profile: Profile, number: str, kind: str | None = None) -> Handling | None:
    """Return what a caller's call to `number` becomes; None: the number is not ours."""
    return _handling(profile, number, kind, by_agent=False)


def transferred(profile: Profile, number: str, kind: str | None = None) -> Handling | None:
    """Return what an agent's transfer or three-party call to `number` becomes; None: the number is not ours."""
    return _handling(profile, number, kind, by_agent=True)


def _handling(profile: Profile, number: str, kind: str | None, *, by_agent: bool) -> Handling | None:
    name = mode_of(profile, number, kind)
    if name is None:
        return None
    mode = profile.hotlines.modes[name]
    return Handling(
        name,
        mode.title,
        mode.transfer if by_agent else mode.dialled,
        mode.number_kept,
        mode.legacy_seats,
        mode.shared_data,
        mode.ordinary_ticket,
        mode.clause,
    )
