"""Who may take part in a call, as a table of what the switch shows."""

import pytest

from core.errors import Conflict, Forbidden, HotlineError, NotFound
from telephony.events import Party
from telephony.supervision.control import supervising
from telephony.supervision.verbs import LegInSwitch, Verb, scene_of

CALL, OTHER = "call-1", "call-2"
MINE = "8005"


def leg(
    party: Party,
    endpoint: str = "",
    *,
    call: str = CALL,
    mode: str = "talking",
    queue: str = "general",
    answered: bool = True,
    supervises: bool = False,
) -> LegInSwitch:
    name = f"{call}-{party}-{endpoint}"
    return LegInSwitch(call, name, party, endpoint, name, f"PJSIP/{name}", mode, queue, answered, supervises)


TALK = [leg(Party.CALLER), leg(Party.AGENT, "8001")]
LISTENING = leg(Party.SUPERVISOR, MINE, supervises=True)


@pytest.mark.parametrize("verb", list(Verb))
def test_a_talk_may_be_supervised(verb: Verb) -> None:
    scene = scene_of(TALK, CALL, MINE, verb)
    assert (scene.caller, scene.agent, scene.own) == (TALK[0], TALK[1], None)
    assert scene_of([*TALK, LISTENING], CALL, MINE, verb).own == LISTENING


def test_the_agent_who_took_the_call_is_supervised_and_not_who_was_called_in_later() -> None:
    second = leg(Party.AGENT, "8002")
    assert scene_of([second, *TALK], CALL, MINE, Verb.LISTEN).agent == TALK[1]


@pytest.mark.parametrize(
    ("legs", "error", "code"),
    [
        ([], NotFound, "not_found"),
        ([leg(Party.CALLER, mode="waiting")], Conflict, "not_talking"),
        ([leg(Party.CALLER, mode="survey"), leg(Party.AGENT, "8001")], Conflict, "not_talking"),
        ([leg(Party.CALLER), leg(Party.AGENT, "8001", answered=False)], Conflict, "not_talking"),
        ([leg(Party.AGENT, "8001")], Conflict, "not_talking"),
        ([leg(Party.CALLER), leg(Party.AGENT, MINE)], Conflict, "own_call"),
        ([*TALK, leg(Party.AGENT, MINE, call=OTHER)], Conflict, "phone_busy"),
        ([*TALK, leg(Party.SUPERVISOR, MINE, answered=False)], Conflict, "phone_busy"),
        ([leg(Party.CALLER, queue="leader"), leg(Party.AGENT, "8001")], Forbidden, "not_supervised"),
    ],
)
def test_what_may_not_be_supervised_is_refused_with_a_code(
    legs: list[LegInSwitch], error: type[HotlineError], code: str
) -> None:
    with pytest.raises(error) as refused:
        scene_of(legs, CALL, MINE, Verb.LISTEN, not_supervised=("leader",))
    assert refused.value.code == code


def test_in_asterisks_own_queue_one_may_listen_and_whisper_only() -> None:
    legs = [leg(Party.CALLER, mode="fallback"), leg(Party.AGENT, "8001", mode="fallback")]
    for verb in (Verb.LISTEN, Verb.WHISPER):
        assert scene_of(legs, CALL, MINE, verb).agent == legs[1]
    for verb in (Verb.BARGE, Verb.TAKE_OVER):
        with pytest.raises(Conflict, match="没有话务员"):
            scene_of(legs, CALL, MINE, verb)


def test_who_took_a_call_over_supervises_no_more() -> None:
    assert supervising([*TALK, LISTENING], MINE) == LISTENING
    with pytest.raises(Conflict) as refused:
        supervising([leg(Party.CALLER), leg(Party.AGENT, MINE, supervises=True)], MINE)
    assert refused.value.code == "not_supervising"
