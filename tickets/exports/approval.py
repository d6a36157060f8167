"""The approval of what leaves the house: asked by one, decided once, by another."""

from datetime import datetime
from typing import Protocol

from core.actors import Actor
from core.errors import Conflict, Forbidden


class Asked(Protocol):
    """A request that waits for its decision."""

    state: str
    asked_by: str
    decided_by: str | None
    decided_at: datetime | None


def decide(row: Asked, actor: Actor, now: datetime, *, approved: bool) -> None:
    """Approve or refuse.

    Raises:
        Forbidden: it is the decider's own.
        Conflict: it is decided already.
    """
    if row.asked_by == actor.account_id:
        raise Forbidden("不能审批本人的导出申请", code="export_own")
    if row.state != "asked":
        raise Conflict("导出申请已处理", code="export_decided")
    row.state = "approved" if approved else "refused"
    row.decided_by, row.decided_at = actor.account_id, now
