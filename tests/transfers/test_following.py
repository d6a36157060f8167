"""Talks as they follow from the switch's facts."""

from datetime import UTC, datetime

from telephony.events import CallArrived, CallFellBack, HangupReason, LegEnded, LegJoined, Party
from telephony.transfers.following import Floor
from telephony.transfers.states import TalkState
from telephony.transfers.talk import repairs

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def test_a_talk_of_asterisks_own_queue_sits_in_no_room_and_nothing_of_it_is_put_right() -> None:
    floor = Floor()
    floor.take(CallArrived("c", "caller", "caller", None, "12345", "general", AT))
    floor.take(CallFellBack("c", AT))
    for leg, party, phone in (("caller", Party.CALLER, ""), ("agent", Party.AGENT, "8001")):
        floor.take(LegJoined("c", leg, party, phone, leg, AT))
    assert floor.talks["c"].state is TalkState.QUEUED, "no verb moves its legs"
    floor.take(LegEnded("c", "agent", Party.AGENT, "8001", HangupReason.NORMAL, answered=True, at=AT))
    assert repairs(floor.talks["c"]) == ()
