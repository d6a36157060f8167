"""What may happen to a report, and who may do it: one table. What it does not list is refused."""

from collections.abc import Mapping

from core.actors import Actor, Role
from core.errors import Forbidden, TransitionRefused

_WRITES = frozenset({Role.SHIFT_LEADER, Role.REVIEWER, Role.SUPERVISOR, Role.JOINT_OFFICE, Role.UNIT})
_CENTRE = frozenset({Role.SHIFT_LEADER, Role.SUPERVISOR, Role.JOINT_OFFICE})
_AUTHORITY = frozenset({Role.SUPERVISOR, Role.JOINT_OFFICE})

STEPS: Mapping[tuple[str, str], tuple[str, Mapping[str, frozenset[Role]]]] = {
    ("open", "handed_in"): ("handed_in", {"centre": _WRITES, "authority": _WRITES}),
    ("handed_in", "handed_in"): ("handed_in", {"centre": _WRITES, "authority": _WRITES}),
    ("handed_in", "refused"): ("open", {"centre": _CENTRE, "authority": _AUTHORITY}),
    ("handed_in", "released"): ("released", {"centre": _CENTRE, "authority": _AUTHORITY}),
}
"""(state, event) → next state, and the roles by who must release: the centre itself or the 主管部门 (YC-26)."""
_LABELS = {
    "open": "待报送", "handed_in": "已报送待审定", "released": "已发布", "refused": "退改",
}  # fmt: skip


def after(state: str, event: str, released_by: str, actor: Actor) -> str:
    """Return the state after `event`.

    Raises:
        TransitionRefused: the table does not list the event in this state.
        Forbidden: it does, but not for the actor's role.
    """
    found = STEPS.get((state, event))
    if found is None:
        raise TransitionRefused("报告", _LABELS.get(state, state), _LABELS.get(event, event))
    to, roles = found
    if actor.role not in roles[released_by]:
        raise Forbidden("当前角色不能对报告进行此操作", code="report_role_forbidden", detail={"event": event})
    return to
