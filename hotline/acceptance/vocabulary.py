"""The words of acceptance files: events with their fields, expectation keys. From their page, section 3."""

from tickets.rules.intake import FACTS

Kind = str | frozenset[str]
"""What a field may hold: one of the names below, or one of a set of words."""
FLAG, NUMBER, DAYS, TEXT, NUMBERS = "flag", "whole number", "number of days", "text", "list of numbers"

_UNIT: dict[str, Kind] = {"unit": TEXT}
_DISPATCH: dict[str, Kind] = {
    **_UNIT,
    "special_limit_days": DAYS,
    "limit_basis": frozenset({"law", "regulation", "channel"}),
}
_LINE: dict[str, Kind] = {"number": TEXT, "legacy_kind": TEXT}
_VERDICT = frozenset({"satisfied", "unsatisfied"})

EVENTS: dict[str, dict[str, Kind]] = {
    "created": {
        "source": TEXT,
        "level": frozenset({"province", "cross_city", "city", "county"}),
        "urgent": FLAG,
        "simple": FLAG,
        "convenience_list": FLAG,
        "repeat_calls": NUMBER,
        "hard": FLAG,
        "public_emergency": frozenset({"water", "power", "gas", "road", "fire", "flood", "landslide"}),
    },
    "direct_answered": {},
    "dispatched": _DISPATCH,
    "redispatched": _DISPATCH,
    "rework_dispatched": _DISPATCH,
    "signed": _UNIT,
    "contacted": _UNIT,
    "answered": _UNIT,
    "prelim_replied": _UNIT,
    "return_requested": {**_UNIT, "reason": FLAG, "basis": FLAG, "suggestion": FLAG},
    "return_decided": {"result": frozenset({"approved", "refused", "out_of_scope"})},
    "extension_requested": {**_UNIT, "days": DAYS, "reason": FLAG, "written": FLAG, "leader_approved": FLAG},
    "extension_decided": {
        "result": frozenset({"approved", "rejected"}),
        "by": frozenset({"platform", "hotline", "supervisor", "city_centre", "level2_unit"}),
    },
    "answer_reviewed": {"result": frozenset({"pass", "fail"})},
    "closed": {},
    "sms_survey_replied": {"verdict": _VERDICT},
    "callback_done": {"verdict": _VERDICT, "reason": TEXT, "explained": FLAG},
    "responsibility_verified": {"unit_at_fault": FLAG},
    "calls_repeated": {"count": NUMBER},
    "marked_hard": {},
    "phone_supervised": {"resolved": FLAG},
    "written_supervised": {},
    "written_ignored": {},
    "superior_instruction": {},
    "intake_screened": {"fact": FACTS},
    "recording_ended": {},
    "result_reported": {},
    "call_dialed": _LINE,
    "agent_transfer": _LINE,
    "metric": {
        "name": frozenset(
            {
                "connect_rate", "internet_channel_provision", "satisfaction", "on_time_rate", "timely_sign_rate",
                "return_rate", "annual_score",
            }
        ),
        "months": NUMBERS,
        **dict.fromkeys(
            ("answered", "offered", "available", "channels", "satisfied", "rated", "excluded", "on_time", "due",
             "signed_in_time", "dispatched", "returned"),
            NUMBER,
        ),
    },
    "period_check": {"public_emergency": FLAG},
    "responsibility_disputed": {},
    "consultation_held": _UNIT,
    "shirking_recorded": {"long_term": FLAG, "big_impact": FLAG, "unresolved": FLAG},
    "matter_routed": {
        "units": NUMBER,
        "authority_unclear": FLAG,
        "level": frozenset({"province", "cross_city", "city", "county"}),
    },
    "safety_hazard_found": {"emergency_scope": FLAG},
    "view_requested": {
        "viewer": frozenset({"complained_party", "other_unit", "assigned_unit", "quality_inspector"}),
        "item": frozenset({"ticket", "recording"}),
    },
    "publish_requested": {"caller_objects": FLAG, "unsuitable": FLAG},
}  # fmt: skip

REQUIRED: dict[str, tuple[str, ...]] = {
    "return_decided": ("result",),
    "extension_decided": ("result",),
    "answer_reviewed": ("result",),
    "sms_survey_replied": ("verdict",),
    "callback_done": ("verdict",),
    "responsibility_verified": ("unit_at_fault",),
    "calls_repeated": ("count",),
    "intake_screened": ("fact",),
    "metric": ("name",),
    "view_requested": ("viewer",),
}
"""Fields without which an event says nothing; the others may be left out."""

DUE_KEYS = ("dispatch_due", "sign_due", "contact_due", "return_due", "prelim_due", "resolve_due", "transfer_due")
EXPECTATIONS = frozenset(DUE_KEYS) | {
    "state", "extension_file_by", "warn_at", "overdue", "extension_pending", "outcome", "reason", "clause", "next",
    "card", "supervision", "ledger", "sms", "excluded", "counted_in", "counted_year", "published_in", "push",
    "reports", "purge_not_before", "retention_basis", "telephony", "platform", "dispatch_mode", "phone_notice",
    "decided_by", "assigned_unit", "first_unit_must", "metric", "access", "calendar_status",
}  # fmt: skip
"""Every key an example may expect."""

TOPICS = frozenset(
    {
        "answer_review", "assessment_exclusion", "assessment_period", "calendar_coverage", "callback", "cards",
        "confidentiality", "contact_deadline", "data_push", "dispatch_deadline", "emergency", "extension",
        "inherited_deadlines", "intake_screening", "metrics", "preliminary_reply", "repeat_calls", "reports",
        "resolve_deadline", "retention", "return", "routing", "same_day", "sign_deadline", "sms_and_push",
        "special_limit", "supervision", "telephony", "unclear_responsibility",
    }
)  # fmt: skip
"""Families of examples; they are for people and decide nothing."""
