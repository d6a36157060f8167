"""Callbacks and refused callers as the dialplan tells them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.personal import Personal
from telephony.ami import AmiMessage
from telephony.events import CallbackAsked, CallbackFailed, CallbackOutcome, CallbackTaken, CallerRefused
from telephony.facts import FactReader

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CALL = "019cac2f-0000-7000-8000-000000000001"
LEG = "019cac2f-0000-7000-8000-000000000003"


@pytest.fixture
def reader(tmp_path: Path) -> FactReader:
    return FactReader(tmp_path)


def told(name: str, **fields: str) -> AmiMessage:
    return AmiMessage({"Event": "UserEvent", "UserEvent": name, **fields})


def test_a_wish_for_a_callback_carries_number_queue_and_place(reader: FactReader) -> None:
    entered = datetime(2026, 3, 2, 0, 57, tzinfo=UTC)
    event = told(
        "CallbackAsked",
        Call=CALL,
        Leg=LEG,
        Number="13800138000",
        Dialled="12345",
        Queue="general",
        EnteredAt=str(int(entered.timestamp() * 1000)),
    )
    number = Personal("13800138000")
    assert reader.read(event, NOW) == [CallbackAsked(CALL, number, "12345", "general", entered, NOW)]


def test_a_wish_without_a_number_is_none(reader: FactReader) -> None:
    assert reader.read(told("CallbackAsked", Call=CALL, Number=""), NOW) == []


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("BUSY", CallbackOutcome.BUSY),
        ("NOANSWER", CallbackOutcome.NO_ANSWER),
        ("CHANUNAVAIL", CallbackOutcome.UNREACHABLE),
        ("CONGESTION", CallbackOutcome.UNREACHABLE),
        ("", CallbackOutcome.UNREACHABLE),
        ("AGENTGONE", CallbackOutcome.AGENT_LEFT),
    ],
)
def test_why_a_citizen_was_not_reached_is_classified(reader: FactReader, status: str, outcome: CallbackOutcome) -> None:
    assert reader.read(told("CallbackFailed", Call=CALL, Status=status), NOW) == [CallbackFailed(CALL, outcome, NOW)]


def test_taken_callbacks_and_refused_callers_are_told(reader: FactReader) -> None:
    taken = told("CallbackTaken", Call=CALL, Leg=LEG, Endpoint="8001")
    assert reader.read(taken, NOW) == [CallbackTaken(CALL, LEG, "8001", NOW)]
    refused = told("CallRefused", Caller="+8613800138000")
    assert reader.read(refused, NOW) == [CallerRefused(Personal("+8613800138000"), NOW)]
    assert "13800138000" not in repr(reader.read(refused, NOW))
    assert reader.read(told("CallRefused", Caller=""), NOW) == []
