"""Every trap of panoramisk that `facts/telephony.md` lists, against a scripted AMI server."""

import asyncio
import socket
from typing import Any

import pytest

from core.errors import InvalidInput, PartUnavailable
from telephony.ami import AmiLink, AmiMessage, LinkDown, LinkUp, SwitchRefused
from telephony.ami.link import Timings
from telephony.ami.protocol import HardenedProtocol


def _reply(action: dict[str, str], response: str, message: str) -> bytes:
    return f"Response: {response}\r\nActionID: {action['ActionID']}\r\nMessage: {message}\r\n\r\n".encode()


async def _next(events: Any, kind: type, seconds: float = 5.0) -> Any:
    async with asyncio.timeout(seconds):
        async for event in events:
            if isinstance(event, kind):
                return event
    raise AssertionError("the stream of events ended")


async def _until(condition: Any, seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - looks at state that belongs to another task
            await asyncio.sleep(0.01)


async def test_nobody_listening_is_told_with_the_port_and_a_remedy() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(PartUnavailable) as told:
        await AmiLink("127.0.0.1", port, "engine", "right").start()
    assert str(port) in told.value.problem
    assert "hotline doctor" in told.value.remedy


async def test_a_wrong_password_is_told_with_the_user_and_a_remedy(scripted: Any) -> None:
    with pytest.raises(PartUnavailable) as told:
        await AmiLink("127.0.0.1", scripted.port, "engine", "wrong").start()
    assert "engine" in told.value.problem
    assert "Authentication failed" in told.value.problem
    assert "secrets.toml" in told.value.remedy


async def test_a_character_split_between_two_segments_arrives_whole(scripted: Any, link: AmiLink) -> None:
    whole = "Event: UserEvent\r\nName: 市民\r\n\r\n".encode()
    cut = whole.index("市".encode()) + 1
    scripted.send(whole[:cut])
    await scripted.flush()
    scripted.send(whole[cut:])
    event = await _next(link.events(), AmiMessage)
    assert event.get("Name") == "市民"


async def test_events_come_in_the_order_they_were_sent(scripted: Any, link: AmiLink) -> None:
    scripted.send(b"".join(b"Event: Tick\r\nNumber: %d\r\n\r\n" % n for n in range(500)))
    events = link.events()
    numbers = [int((await _next(events, AmiMessage)).get("Number")) for _ in range(500)]
    assert numbers == list(range(500))


async def test_an_exception_in_the_consumer_leaves_the_connection_and_the_other_events(scripted: Any) -> None:
    got: list[str] = []
    lost = asyncio.Event()

    def take(message: AmiMessage) -> None:
        if message.get("Number") == "1":
            raise RuntimeError("a fault in a consumer")
        got.append(message.get("Number"))

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(lambda: HardenedProtocol(take, lost.set), "127.0.0.1", scripted.port)
    await _until(lambda: scripted._writers)
    scripted.send(b"".join(b"Event: Tick\r\nNumber: %d\r\n\r\n" % n for n in range(3)))
    await _until(lambda: got == ["0", "2"])
    assert not lost.is_set()
    transport.close()


async def test_originate_is_always_asynchronous_even_when_asked_otherwise(scripted: Any, link: AmiLink) -> None:
    await link.action("Originate", {"Channel": "PJSIP/8001", "Async": "false"})
    assert ("Async", "true") in scripted.actions("Originate")[0]


async def test_the_originate_response_that_follows_is_an_event_and_not_swallowed(scripted: Any, link: AmiLink) -> None:
    def originate(action: dict[str, str]) -> bytes:
        queued = _reply(action, "Success", "Originate successfully queued")
        return queued + f"Event: OriginateResponse\r\nActionID: {action['ActionID']}\r\nReason: 3\r\n\r\n".encode()

    scripted.answers["Originate"] = originate
    response = await link.action("Originate", {"Channel": "PJSIP/8001", "ActionID": "ring/1"})
    event = await _next(link.events(), AmiMessage)
    assert response.get("Message") == "Originate successfully queued"
    assert (event.name, event.get("Reason"), event.get("ActionID")) == ("OriginateResponse", "3", "ring/1")


async def test_an_unanswered_action_is_not_sent_again_after_the_reconnect(scripted: Any, link: AmiLink) -> None:
    scripted.answers["Originate"] = lambda action: None
    events = link.events()
    await _next(events, LinkUp)
    ringing = asyncio.create_task(link.action("Originate", {"Channel": "PJSIP/8001"}))
    await _until(lambda: scripted.actions("Originate"))
    scripted.drop()
    with pytest.raises(PartUnavailable):
        await ringing
    await _next(events, LinkDown)
    await _next(events, LinkUp)
    await link.action("Ping")
    assert len(scripted.actions("Originate")) == 1


async def test_nothing_is_sent_while_the_link_is_down(scripted: Any, link: AmiLink) -> None:
    events = link.events()
    await scripted.stop()
    await _next(events, LinkDown)
    assert not link.connected
    with pytest.raises(PartUnavailable):
        await link.action("Originate", {"Channel": "PJSIP/8001"})
    await scripted.start()
    await _next(events, LinkUp)
    await link.action("Ping")
    assert scripted.actions("Originate") == []


async def test_an_action_without_an_answer_ends_in_time_and_is_forgotten(scripted: Any, link: AmiLink) -> None:
    kept: list[dict[str, str]] = []
    scripted.answers["Getvar"] = kept.append
    with pytest.raises(PartUnavailable, match="Getvar"):
        await link.action("Getvar", {"Variable": "X"})
    assert link._protocol is not None
    assert kept[0]["ActionID"] not in link._protocol.responses
    scripted.send(_reply(kept[0], "Success", "too late"))
    assert (await link.action("Ping")).success


async def test_a_refused_action_raises_with_the_words_of_the_switch(scripted: Any, link: AmiLink) -> None:
    scripted.answers["Hangup"] = lambda action: _reply(action, "Error", "No such channel")
    with pytest.raises(SwitchRefused) as told:
        await link.action("Hangup", {"Channel": "x"})
    assert told.value.answer == "No such channel"


async def test_a_refused_list_ends_at_once(scripted: Any, link: AmiLink) -> None:
    scripted.answers["Status"] = lambda action: _reply(action, "Error", "Permission denied")
    with pytest.raises(SwitchRefused):
        async with asyncio.timeout(0.3):
            await link.list_action("Status")


async def test_a_list_is_gathered_and_one_or_many_values_of_a_header_read_alike(scripted: Any, link: AmiLink) -> None:
    def status(action: dict[str, str]) -> bytes:
        mark = f"ActionID: {action['ActionID']}\r\n"
        return (
            f"Response: Success\r\n{mark}EventList: start\r\nMessage: follows\r\n\r\n"
            f"Event: Status\r\n{mark}Uniqueid: a\r\nVariable: X=1\r\nVariable: Y=2=3\r\n\r\n"
            f"Event: Status\r\n{mark}Uniqueid: b\r\nVariable: X=4\r\nEmpty: \r\n\r\n"
            f"Event: StatusComplete\r\n{mark}EventList: Complete\r\nItems: 2\r\n\r\n"
        ).encode()

    scripted.answers["Status"] = status
    first, second = await link.list_action("Status")
    assert first.variables() == {"X": "1", "Y": "2=3"}
    assert second.variables() == {"X": "4"}
    assert (second.get("Empty"), second.get("Missing"), first.get("UNIQUEID")) == ("", "", "a")


@pytest.mark.parametrize("evil", ["x\r\nAction: Originate", "x\ny", "x\ry", "x\0y", "x\x7fy"])
async def test_control_characters_never_reach_the_switch(scripted: Any, link: AmiLink, evil: str) -> None:
    for fields, variables in (({"CallerID": evil}, {}), ({evil: "x"}, {}), ({}, {"V": evil}), ({}, {evil: "x"})):
        with pytest.raises(InvalidInput):
            await link.action("Originate", fields, variables=variables)
    with pytest.raises(InvalidInput):
        await link.list_action("Status", {"Variables": evil})
    assert [action for action in scripted.seen if ("Action", "Login") not in action] == []


@pytest.mark.parametrize("evil", ["1,HOTLINE_TARGET=other", '1"', "1\\"])
async def test_a_value_cannot_smuggle_in_a_second_channel_variable(link: AmiLink, evil: str) -> None:
    with pytest.raises(InvalidInput):
        await link.action("Originate", {}, variables={"V": evil})


async def test_a_link_that_is_cut_comes_back_by_itself(scripted: Any, link: AmiLink) -> None:
    events = link.events()
    await _next(events, LinkUp)
    scripted.drop()
    await _next(events, LinkDown)
    await _next(events, LinkUp)
    assert link.connected
    assert scripted.logins == 2


async def test_a_half_open_link_is_noticed_by_the_watchdog(scripted: Any, link: AmiLink) -> None:
    events = link.events()
    await _next(events, LinkUp)
    scripted.answers["Ping"] = lambda action: None
    await _next(events, LinkDown, seconds=2.0)
    del scripted.answers["Ping"]
    await _next(events, LinkUp)


async def test_a_consumer_far_behind_makes_a_new_connection_instead_of_missing_events(scripted: Any) -> None:
    link = AmiLink("127.0.0.1", scripted.port, "engine", "right", timings=Timings(ping_every=0.2), backlog=100)
    await link.start()
    scripted.send(b"Event: Tick\r\n\r\n" * 200)
    await _until(lambda: scripted.logins == 2)
    kinds = [type(event) async for event in _drain(link)]
    assert kinds.count(LinkDown) == 1
    assert kinds.count(LinkUp) == 2
    assert kinds.count(AmiMessage) <= 100
    await link.close()


async def _drain(link: AmiLink) -> Any:
    await _until(lambda: link.connected)
    while not link._events.empty():
        yield link._events.get_nowait()


async def test_a_closed_link_stays_closed(scripted: Any, link: AmiLink) -> None:
    await link.close()
    await asyncio.sleep(0.5)  # longer than the first pause of a reconnect
    assert scripted.logins == 1
    with pytest.raises(PartUnavailable):
        await link.action("Ping")
