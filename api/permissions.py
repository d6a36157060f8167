"""Who may do what: the one table of the interface.

Roles are those of `core.actors`; the reasons are in `regulations/profiles.md` section 18 (separation of duties, a unit
sees only what it handles, listening and revealing are logged). Narrower limits (a unit's own tickets, an agent's own
calls) are checked where the thing is read.
"""

from collections.abc import Mapping
from enum import StrEnum, auto

from core.actors import Role


class Act(StrEnum):
    """What a person asks the interface to do."""

    OWN_SESSION = auto()
    CALLS_READ = auto()
    CALLS_REVEAL = auto()
    CALLS_SUGGESTIONS = auto()
    CALLS_HANG_UP = auto()
    CALLS_TRANSFER = auto()
    HOTLINES_READ = auto()
    CALLS_LISTEN = auto()
    CALLS_WHISPER = auto()
    CALLS_BARGE = auto()
    CALLS_TAKE_OVER = auto()
    CALLS_MOVE = auto()
    SUPERVISION_READ = auto()
    DECISIONS_READ = auto()
    QUEUES_READ = auto()
    QUEUES_WAITING = auto()
    PLAN_READ = auto()
    PLAN_CHANGE = auto()
    PLAN_SURGE = auto()
    AGENTS_READ = auto()
    AGENT_OWN_STATE = auto()
    AGENTS_HISTORY = auto()
    AGENTS_LOG_OUT = auto()
    TICKETS_READ = auto()
    TICKETS_REVEAL = auto()
    TICKETS_DRAFT = auto()
    TICKETS_EDIT = auto()
    TICKETS_ACCEPT = auto()
    TICKETS_REJECT = auto()
    TICKETS_APPROVE = auto()
    TICKETS_DISPATCH = auto()
    TICKETS_HANDLE = auto()
    TICKETS_HAND_UP = auto()
    TICKETS_FORWARD = auto()
    TICKETS_COORDINATE = auto()
    TICKETS_DECIDE_RETURN = auto()
    TICKETS_DECIDE_EXTENSION = auto()
    TICKETS_CLOSE = auto()
    TICKETS_REWORK = auto()
    TICKETS_URGE = auto()
    TICKETS_NOTICE = auto()
    TICKETS_SUPERVISE = auto()
    TICKETS_ATTACH = auto()
    TICKETS_VERIFY = auto()
    TICKETS_PROTECT = auto()
    CAMPAIGNS_MANAGE = auto()
    DIRECTIVES_READ = auto()
    DIRECTIVES_GIVE = auto()
    FAULTS_READ = auto()
    OVERSIGHT_SAMPLE = auto()
    OVERSIGHT_REPLY = auto()
    EXPORTS_ASK = auto()
    EXPORTS_DECIDE = auto()
    CASES_ASK = auto()
    SANCTIONS_PROPOSE = auto()
    SANCTIONS_DECIDE = auto()
    SANCTIONS_READ = auto()
    REPORTS_READ = auto()
    REPORTS_WRITE = auto()
    REPORTS_DECIDE = auto()
    REPORTS_EMERGENCY = auto()
    ASSESSMENT_READ = auto()
    ASSESSMENT_SETTLE = auto()
    ASSESSMENT_SCORE = auto()
    ASSESSMENT_PROVE = auto()
    ASSESSMENT_EXPORT = auto()
    UNITS_READ = auto()
    UNITS_MANAGE = auto()
    UNITS_REVEAL = auto()
    UNITS_AUDIT = auto()
    VIEWS_SAVE = auto()
    VIEWS_SHARE = auto()
    RECORDINGS_READ = auto()
    RECORDINGS_LISTEN = auto()
    RECORDINGS_HOLD = auto()
    RECORDINGS_DUE = auto()
    SURVEYS_READ = auto()
    CALLBACKS_WORK = auto()
    CALLERS_READ = auto()
    CALLERS_MANAGE = auto()
    ACCOUNTS_MANAGE = auto()
    PREFILL_READ = auto()
    KNOWLEDGE_READ = auto()
    KNOWLEDGE_CHANGE = auto()
    LIVE = auto()


_GUEST = frozenset({Role.OVERSIGHT_GUEST})
"""Whoever oversees the platform from outside: samples without names, nothing else (FJ-27, profiles.md section 18)."""
_EVERYONE = frozenset(Role) - {Role.SYSTEM} - _GUEST
_AREA = frozenset({Role.COUNTY_CENTRE, Role.COUNTY_SUPERVISOR})
"""People of a county: the acts of the centre and of supervision, within their own area (YC-8, YZ-S2)."""
_OFFICE = frozenset({Role.JOINT_OFFICE})
"""The joint-conference office (联席会议办公室): supervises, coordinates, publishes; handles nothing (JS-4)."""
_CENTRE = _EVERYONE - {Role.UNIT} - _AREA - _OFFICE
_LEADERS = frozenset({Role.SHIFT_LEADER, Role.SUPERVISOR, Role.ADMIN})
_FLOOR = frozenset({Role.SHIFT_LEADER, Role.SUPERVISOR})
_DESK = frozenset({Role.AGENT, Role.SHIFT_LEADER})
_REVIEW = frozenset({Role.REVIEWER, Role.SHIFT_LEADER, Role.SUPERVISOR})

PERMISSIONS: Mapping[Act, frozenset[Role]] = {
    Act.OWN_SESSION: _EVERYONE | _GUEST,
    Act.CALLS_READ: _CENTRE,
    Act.CALLS_REVEAL: _CENTRE - {Role.ADMIN},
    Act.CALLS_SUGGESTIONS: _DESK | _LEADERS,
    Act.CALLS_HANG_UP: _DESK | {Role.SUPERVISOR},
    Act.CALLS_TRANSFER: _DESK,
    Act.HOTLINES_READ: _CENTRE,
    # who listens for quality does not speak
    Act.CALLS_LISTEN: _FLOOR | {Role.INSPECTOR},
    Act.CALLS_WHISPER: _FLOOR,
    Act.CALLS_BARGE: _FLOOR,
    Act.CALLS_TAKE_OVER: _FLOOR,
    Act.CALLS_MOVE: _FLOOR,
    Act.SUPERVISION_READ: frozenset({Role.SUPERVISOR, Role.ADMIN, Role.INSPECTOR}),
    Act.DECISIONS_READ: _LEADERS | {Role.INSPECTOR},
    Act.QUEUES_READ: _CENTRE,
    Act.QUEUES_WAITING: _LEADERS,
    Act.PLAN_READ: _LEADERS | {Role.INSPECTOR},
    Act.PLAN_CHANGE: frozenset({Role.SUPERVISOR, Role.ADMIN}),
    Act.PLAN_SURGE: _LEADERS,
    Act.AGENTS_READ: _DESK | _LEADERS | {Role.INSPECTOR},
    Act.AGENT_OWN_STATE: _DESK,
    Act.AGENTS_HISTORY: _LEADERS | {Role.INSPECTOR},
    Act.AGENTS_LOG_OUT: _FLOOR,
    Act.TICKETS_READ: _EVERYONE,
    # an administrator keeps the machine running; who the citizens are is none of that
    Act.TICKETS_REVEAL: _EVERYONE - {Role.ADMIN},
    Act.TICKETS_DRAFT: _DESK,
    Act.TICKETS_EDIT: _DESK | {Role.REVIEWER},
    Act.TICKETS_ACCEPT: _DESK,
    Act.TICKETS_REJECT: _DESK,
    Act.TICKETS_APPROVE: _REVIEW,
    Act.TICKETS_DISPATCH: _DESK | {Role.REVIEWER},
    Act.TICKETS_HANDLE: frozenset({Role.UNIT}),
    Act.TICKETS_HAND_UP: frozenset({Role.SHIFT_LEADER, Role.REVIEWER, Role.SUPERVISOR}),
    Act.TICKETS_FORWARD: frozenset({Role.UNIT, Role.COUNTY_CENTRE}),
    Act.TICKETS_COORDINATE: _REVIEW | _OFFICE | {Role.COUNTY_CENTRE},
    Act.TICKETS_DECIDE_RETURN: _REVIEW,
    Act.TICKETS_DECIDE_EXTENSION: _REVIEW,
    Act.TICKETS_CLOSE: _REVIEW,
    Act.TICKETS_REWORK: _REVIEW | {Role.CALLBACK},
    Act.TICKETS_URGE: _DESK | _REVIEW | _AREA | _OFFICE,
    Act.TICKETS_ATTACH: _DESK | _REVIEW | {Role.CALLBACK, Role.UNIT},
    Act.TICKETS_SUPERVISE: _REVIEW | _AREA | _OFFICE,
    Act.TICKETS_VERIFY: _REVIEW | _AREA | _OFFICE | {Role.CALLBACK, Role.UNIT},
    Act.TICKETS_PROTECT: _DESK | _REVIEW | {Role.CALLBACK},
    Act.CAMPAIGNS_MANAGE: _FLOOR,
    Act.DIRECTIVES_READ: _REVIEW | _OFFICE,
    Act.DIRECTIVES_GIVE: frozenset({Role.SUPERVISOR}) | _OFFICE,
    Act.FAULTS_READ: _FLOOR | _OFFICE | {Role.REVIEWER, Role.INSPECTOR},
    Act.OVERSIGHT_SAMPLE: _GUEST | _OFFICE | {Role.SUPERVISOR, Role.INSPECTOR},
    Act.OVERSIGHT_REPLY: frozenset({Role.SUPERVISOR}) | _OFFICE,
    Act.TICKETS_NOTICE: frozenset({Role.SUPERVISOR, Role.REVIEWER, Role.COUNTY_SUPERVISOR}) | _OFFICE,
    # nobody approves an export of their own (checked where it is decided)
    Act.EXPORTS_ASK: _EVERYONE - {Role.ADMIN, Role.AGENT},
    Act.EXPORTS_DECIDE: frozenset({Role.SUPERVISOR}),
    # a case file holds what the caller said and who they are
    Act.CASES_ASK: _REVIEW | _OFFICE,
    Act.SANCTIONS_PROPOSE: frozenset({Role.SUPERVISOR, Role.INSPECTOR}) | _OFFICE,
    Act.SANCTIONS_DECIDE: frozenset({Role.SUPERVISOR}) | _OFFICE,
    Act.SANCTIONS_READ: frozenset({Role.SUPERVISOR, Role.INSPECTOR, Role.UNIT}) | _OFFICE,
    Act.REPORTS_READ: _EVERYONE - {Role.AGENT, Role.ADMIN},
    Act.REPORTS_WRITE: _REVIEW | _OFFICE | {Role.UNIT},
    # who releases what: `tickets.reports.steps`; never one's own
    Act.REPORTS_DECIDE: _FLOOR | _OFFICE,
    Act.REPORTS_EMERGENCY: _FLOOR | _OFFICE,
    Act.ASSESSMENT_READ: _EVERYONE - {Role.AGENT, Role.ADMIN},
    Act.ASSESSMENT_SETTLE: frozenset({Role.SUPERVISOR}),
    Act.ASSESSMENT_SCORE: frozenset({Role.SUPERVISOR, Role.INSPECTOR}) | _OFFICE,
    Act.ASSESSMENT_PROVE: frozenset({Role.SUPERVISOR, Role.INSPECTOR, Role.UNIT}) | _OFFICE,
    Act.ASSESSMENT_EXPORT: frozenset({Role.SUPERVISOR}) | _OFFICE,
    Act.UNITS_READ: _EVERYONE,
    Act.UNITS_MANAGE: frozenset({Role.ADMIN}),
    Act.UNITS_REVEAL: _DESK | _REVIEW | {Role.CALLBACK},
    Act.UNITS_AUDIT: frozenset({Role.ADMIN, Role.SUPERVISOR, Role.INSPECTOR}),
    Act.VIEWS_SAVE: _EVERYONE - {Role.ADMIN},
    Act.VIEWS_SHARE: _FLOOR,
    Act.RECORDINGS_READ: _CENTRE,
    Act.RECORDINGS_LISTEN: _CENTRE - {Role.ADMIN},
    Act.RECORDINGS_HOLD: frozenset({Role.SUPERVISOR, Role.ADMIN}),
    Act.RECORDINGS_DUE: frozenset({Role.SUPERVISOR, Role.ADMIN, Role.INSPECTOR}),
    Act.SURVEYS_READ: _CENTRE - {Role.AGENT},
    Act.CALLBACKS_WORK: frozenset({Role.CALLBACK}) | _REVIEW,
    Act.CALLERS_READ: _LEADERS | {Role.INSPECTOR},
    # who is refused the hotline is a supervisor's decision
    Act.CALLERS_MANAGE: frozenset({Role.SUPERVISOR}),
    Act.ACCOUNTS_MANAGE: frozenset({Role.ADMIN}),
    Act.PREFILL_READ: _LEADERS | {Role.INSPECTOR},
    Act.KNOWLEDGE_READ: _CENTRE,
    Act.KNOWLEDGE_CHANGE: frozenset({Role.SUPERVISOR, Role.ADMIN}),
    Act.LIVE: _CENTRE,
}
"""Every act with the roles that may do it; what is not listed nobody may."""


def may(role: Role, act: Act) -> bool:
    """Tell whether people of `role` may do `act`."""
    return role in PERMISSIONS.get(act, frozenset())
