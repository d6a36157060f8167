"""AMI events to facts: late, repeated and missing events; snapshots close what ended unseen."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.personal import Personal
from telephony.ami import AmiMessage
from telephony.causes import reason_of
from telephony.events import (
    CallArrived,
    CallEnded,
    CallFact,
    CallMode,
    CallRequeued,
    HangupReason,
    LegEnded,
    LegJoined,
    LegLeaving,
    LegRecorded,
    LegRinging,
    Party,
    PhoneSeen,
)
from telephony.facts import FactReader, ring_action_id
from telephony.snapshot import registered_of, snapshot_of

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CALL = "019cac2f-0000-7000-8000-000000000001"
CALLER_LEG = "019cac2f-0000-7000-8000-000000000002"
AGENT_LEG = "019cac2f-0000-7000-8000-000000000003"
CHANNEL = "main-1.0"


@pytest.fixture
def reader(tmp_path: Path) -> FactReader:
    return FactReader(tmp_path)


def event(name: str, **fields: str | list[str]) -> AmiMessage:
    return AmiMessage({"Event": name, **fields})


def arrived() -> AmiMessage:
    return event(
        "UserEvent",
        UserEvent="CallArrived",
        Uniqueid=CHANNEL,
        Call=CALL,
        Leg=CALLER_LEG,
        Caller="13900000001",
        Dialled="12345",
        Queue="general",
        EnteredAt="1772413200250",
    )


def joined() -> AmiMessage:
    return event(
        "UserEvent",
        UserEvent="LegsJoined",
        Uniqueid=CHANNEL,
        Call=CALL,
        CallerLeg=CALLER_LEG,
        CallerChannel=CHANNEL,
        AgentLeg=AGENT_LEG,
        AgentChannel=AGENT_LEG,
        Endpoint="8001",
        At="1772413203000",
    )


def agent_event(name: str, **fields: str | list[str]) -> AmiMessage:
    variables = [
        f"HOTLINE_CALL={CALL}",
        f"HOTLINE_LEG={AGENT_LEG}",
        "HOTLINE_PARTY=agent",
        "HOTLINE_ENDPOINT=8001",
    ]
    return event(name, Uniqueid=AGENT_LEG, ChanVariable=variables, **fields)


def caller_hangup() -> AmiMessage:
    return event("Hangup", Uniqueid=CHANNEL, ChannelState="6", Cause="16")


def read(reader: FactReader, *events: AmiMessage) -> list[CallFact]:
    return [fact for one in events for fact in reader.read(one, NOW)]


def test_a_call_is_told_from_arrival_to_end(reader: FactReader) -> None:
    facts = read(
        reader,
        arrived(),
        agent_event("Newchannel"),
        agent_event("Newstate", ChannelState="5"),
        agent_event("Newstate", ChannelState="6"),
        joined(),
        agent_event("Hangup", ChannelState="6", Cause="16"),
        caller_hangup(),
    )
    kinds = [CallArrived, LegRinging, LegJoined, LegJoined, LegEnded, LegEnded, CallEnded]
    assert [type(fact) for fact in facts] == kinds
    first, last = facts[0], facts[-1]
    assert isinstance(first, CallArrived)
    assert (first.caller, first.dialled, first.channel) == (Personal("13900000001"), "12345", CHANNEL)
    assert first.at == datetime.fromtimestamp(1772413200.25, UTC)
    assert isinstance(last, CallEnded)
    assert last.talked


def test_an_agent_who_hangs_up_is_told_before_his_channel_is_gone(reader: FactReader) -> None:
    assert len(read(reader, arrived(), agent_event("HangupRequest", ChannelState="5"))) == 1, "it only rang"
    leaving = read(reader, joined(), agent_event("HangupRequest", ChannelState="6"))[-1]
    assert leaving == LegLeaving(CALL, AGENT_LEG, Party.AGENT, "8001", NOW)
    ended = read(reader, agent_event("Hangup", ChannelState="6", Cause="16"))[0]
    assert isinstance(ended, LegEnded)


def test_repeated_events_tell_each_fact_once(reader: FactReader) -> None:
    once = (arrived(), agent_event("Newstate", ChannelState="5"), joined(), caller_hangup())
    facts = read(reader, *(one for one in once for _ in range(3)))
    assert [type(fact) for fact in facts] == [CallArrived, LegRinging, LegJoined, LegJoined, LegEnded]


def test_news_of_a_leg_after_its_end_is_ignored(reader: FactReader) -> None:
    read(reader, arrived(), agent_event("Newstate", ChannelState="5"), agent_event("Hangup", Cause="17"))
    assert read(reader, agent_event("Newstate", ChannelState="5"), agent_event("Hangup", Cause="17")) == []


def test_a_call_that_is_over_does_not_arrive_again(reader: FactReader) -> None:
    facts = read(reader, arrived(), caller_hangup(), arrived())
    assert [type(fact) for fact in facts] == [CallArrived, LegEnded, CallEnded]


def test_a_join_whose_arrival_was_missed_still_closes_with_its_channels(reader: FactReader) -> None:
    facts = read(reader, joined(), agent_event("Hangup", ChannelState="6", Cause="16"), caller_hangup())
    assert [type(fact) for fact in facts] == [LegJoined, LegJoined, LegEnded, LegEnded, CallEnded]


def test_an_unregistered_phone_is_told_at_once_although_no_channel_ever_was(reader: FactReader) -> None:
    read(reader, arrived())
    number = ring_action_id(CALL, AGENT_LEG, "8001")
    facts = read(reader, event("OriginateResponse", ActionID=number, Response="Failure", Reason="0", Uniqueid="<null>"))
    assert facts == [LegEnded(CALL, AGENT_LEG, Party.AGENT, "8001", HangupReason.UNREGISTERED, False, NOW)]


def test_a_time_out_is_no_answer_whichever_of_its_two_events_comes_first(tmp_path: Path) -> None:
    number = ring_action_id(CALL, AGENT_LEG, "8001")
    response = event("OriginateResponse", ActionID=number, Response="Failure", Reason="3")
    hangup = agent_event("Hangup", ChannelState="5", Cause="127")
    reader = FactReader(tmp_path)
    facts = read(reader, arrived(), agent_event("Newchannel"), response, hangup)
    assert [fact.reason for fact in facts if isinstance(fact, LegEnded)] == [HangupReason.NO_ANSWER]


def test_a_successful_originate_and_a_foreign_one_tell_nothing(reader: FactReader) -> None:
    number = ring_action_id(CALL, AGENT_LEG, "8001")
    assert read(reader, event("OriginateResponse", ActionID=number, Response="Success", Reason="4")) == []
    assert read(reader, event("OriginateResponse", ActionID="tap", Response="Failure", Reason="0")) == []


def test_a_recording_is_told_with_its_place_below_the_spool_whatever_the_event_says(tmp_path: Path) -> None:
    told = event(
        "UserEvent",
        UserEvent="LegEnded",
        Call=CALL,
        Leg=AGENT_LEG,
        Party="agent",
        File="../../etc/passwd.wav",
        RecordedAt="1772413203000",
        JoinedAt="",
        EndedAt="1772413209000",
    )
    (fact,) = read(FactReader(tmp_path), told)
    assert isinstance(fact, LegRecorded)
    assert fact.path == tmp_path / "legs" / "passwd.wav"
    assert (fact.joined_at, fact.ended_at - fact.started_at) == (None, fact.ended_at - fact.started_at)


def test_a_leg_that_recorded_nothing_tells_no_recording(reader: FactReader) -> None:
    assert read(reader, event("UserEvent", UserEvent="LegEnded", Call=CALL, Leg=AGENT_LEG, File="")) == []


def test_a_caller_sent_back_to_wait_is_told(reader: FactReader) -> None:
    assert read(reader, event("UserEvent", UserEvent="CallReturned", Call=CALL)) == [CallRequeued(CALL, NOW)]


def test_registrations_are_told(reader: FactReader) -> None:
    seen = read(
        reader,
        event("ContactStatus", EndpointName="8001", ContactStatus="NonQualified"),
        event("ContactStatus", EndpointName="8001", ContactStatus="Removed"),
    )
    assert seen == [PhoneSeen("8001", True, NOW), PhoneSeen("8001", False, NOW)]


def test_a_phone_that_registers_from_another_port_stays_registered(reader: FactReader) -> None:
    old, new = "sip:8001@127.0.0.1:5066", "sip:8001@127.0.0.1:5070"
    seen = read(
        reader,
        event("ContactStatus", EndpointName="8001", ContactStatus="NonQualified", URI=old),
        event("ContactStatus", EndpointName="8001", ContactStatus="NonQualified", URI=new),
        event("ContactStatus", EndpointName="8001", ContactStatus="Removed", URI=old),
    )
    assert seen == [PhoneSeen("8001", True, NOW), PhoneSeen("8001", True, NOW)]
    gone = read(reader, event("ContactStatus", EndpointName="8001", ContactStatus="Removed", URI=new))
    assert gone == [PhoneSeen("8001", False, NOW)]


def test_the_event_s_own_time_stamp_counts_and_not_that_of_its_reading(reader: FactReader) -> None:
    read(reader, arrived())
    late = AmiMessage({"Event": "Hangup", "Uniqueid": CHANNEL, "Cause": "16", "Timestamp": "1772413210.500000"})
    (ended, _) = read(reader, late)
    assert isinstance(ended, LegEnded)
    assert ended.at == datetime.fromtimestamp(1772413210.5, UTC)


@pytest.mark.parametrize("name", ["UserEvent", "Newstate", "Hangup", "OriginateResponse", "ContactStatus", "Cdr", ""])
def test_an_event_without_its_fields_tells_nothing(reader: FactReader, name: str) -> None:
    assert read(reader, event(name)) == []


def status(leg: str, party: str, unique: str, state: str, mode: str = "waiting") -> AmiMessage:
    variables = [
        f"HOTLINE_CALL={CALL}",
        f"HOTLINE_LEG={leg}",
        f"HOTLINE_PARTY={party}",
        f"HOTLINE_MODE={mode}",
        "HOTLINE_CALLER=13900000001",
        "HOTLINE_DIALLED=12345",
        "HOTLINE_QUEUE=general",
        "HOTLINE_ENTERED_AT=1772413200250",
    ]
    return event("Status", Uniqueid=unique, ChannelState=state, Variable=variables)


def test_a_snapshot_has_the_caller_his_legs_and_the_mode() -> None:
    channels = [
        status(AGENT_LEG, "agent", AGENT_LEG, "6"),
        status(CALLER_LEG, "caller", CHANNEL, "6", "talking"),
        event("Status", Uniqueid="tap-1"),
    ]
    (call,) = snapshot_of(channels, frozenset({"8001"}), NOW).calls
    assert (call.mode, call.caller_leg_id, call.channel) == (CallMode.TALKING, CALLER_LEG, CHANNEL)
    assert call.entered_at == datetime.fromtimestamp(1772413200.25, UTC)
    assert {leg.leg_id for leg in call.legs} == {CALLER_LEG, AGENT_LEG}


def test_a_leg_whose_hangup_was_missed_is_closed_by_the_snapshot(reader: FactReader) -> None:
    read(reader, arrived(), joined())
    facts = reader.reconcile(snapshot_of([status(CALLER_LEG, "caller", CHANNEL, "6")], frozenset(), NOW))
    assert [(type(fact), getattr(fact, "leg_id", "")) for fact in facts] == [(LegEnded, AGENT_LEG)]
    facts = reader.reconcile(snapshot_of([], frozenset(), NOW))
    assert [type(fact) for fact in facts] == [LegEnded, CallEnded]
    assert reader.reconcile(snapshot_of([], frozenset(), NOW)) == []


def test_a_call_first_seen_in_a_snapshot_is_followed_to_its_end(reader: FactReader) -> None:
    reader.reconcile(snapshot_of([status(CALLER_LEG, "caller", CHANNEL, "6")], frozenset(), NOW))
    assert [type(fact) for fact in read(reader, caller_hangup())] == [LegEnded, CallEnded]


@pytest.mark.parametrize(
    ("cause", "sip", "reason"),
    [
        (17, 486, HangupReason.BUSY),
        (21, 603, HangupReason.REJECTED),
        (19, 480, HangupReason.NO_ANSWER),
        (1, 404, HangupReason.FAILED),
        (34, 503, HangupReason.FAILED),
        (17, 0, HangupReason.BUSY),
        (26, 0, HangupReason.CANCELLED),
        (127, 0, HangupReason.CANCELLED),
    ],
)
def test_the_end_of_an_unanswered_leg_is_classified(cause: int, sip: int, reason: HangupReason) -> None:
    assert reason_of(answered=False, cause=cause, sip_status=sip) is reason
    assert reason_of(answered=True, cause=cause, sip_status=sip) is HangupReason.NORMAL
    assert reason_of(answered=False, cause=cause, sip_status=sip, timed_out=True) is HangupReason.NO_ANSWER


def test_a_phone_whose_device_is_unavailable_is_not_registered() -> None:
    states = {"PJSIP/8001": "NOT_INUSE", "PJSIP/8002": "UNAVAILABLE", "PJSIP/8003": "RINGING", "Queue:x": "INUSE"}
    devices = [event("DeviceStateChange", Device=device, State=state) for device, state in states.items()]
    assert registered_of(devices) == {"8001", "8003"}
