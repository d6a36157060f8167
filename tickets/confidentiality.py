"""Who may see what of a ticket. Pure; the reasons are clauses.

Separation of duties and secrecy (`regulations/profiles.md` section 18): a unit sees what it handles or stands above;
the unit that is complained about sees nothing (FJ-29.3, FJ-30.5); a confidential ticket (YC-27a) is read by few;
nothing goes to the public unless it is fit for it and the caller agrees (YC-27b).
"""

from dataclasses import dataclass

from core.actors import BOUND_TO_A_UNIT, Actor, Role

_READ_CONFIDENTIAL = frozenset({Role.SHIFT_LEADER, Role.REVIEWER, Role.SUPERVISOR, Role.CALLBACK, Role.SYSTEM})


@dataclass(frozen=True, slots=True)
class Visibility:
    """What of a ticket decides who sees it.

    Attributes:
        parties: units that handle or handled it, and those above them.
        opened_by: account that opened it.
    """

    confidential: bool
    opened_by: str | None
    complained_unit_id: str | None
    parties: frozenset[str] = frozenset()


def may_see(actor: Actor, what: Visibility) -> bool:
    """Tell whether `actor` may know of the ticket at all."""
    if actor.role is Role.OVERSIGHT_GUEST:
        return False
    if actor.bound:
        return actor.unit_id is not None and actor.unit_id != what.complained_unit_id and actor.unit_id in what.parties
    if not what.confidential:
        return True
    return actor.role in _READ_CONFIDENTIAL or (what.opened_by is not None and actor.account_id == what.opened_by)


def reads_confidential(role: Role) -> bool:
    """Tell whether lists and searches of this role contain confidential tickets."""
    return role in _READ_CONFIDENTIAL or role in BOUND_TO_A_UNIT


def may_publish(*, confidential: bool, publication_allowed: bool) -> bool:
    """Tell whether question and answer may be published: fit for it, and the caller agreed (YC-27b)."""
    return not confidential and publication_allowed
