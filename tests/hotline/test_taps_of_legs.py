"""Taps that break: the leg alone is affected, and it is tried ever more rarely; the server and its sockets are real."""

import asyncio
import struct
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Self, cast

import pytest
import structlog.testing

from core.errors import PartUnavailable
from core.ids import new_id
from hotline.roles import taps as keeping
from hotline.roles.taps import TapKeeper
from telephony.control import CallControl
from telephony.events import CallFact, LegJoined, Party
from telephony.taps import CHUNK_BYTES, Tap, TapServer
from telephony.watcher import SwitchWatcher

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SLIN16, SLIN8 = 0x12, 0x10


def frame(kind: int, payload: bytes) -> bytes:
    return struct.pack("!BH", kind, len(payload)) + payload


class Switch:
    """Asterisk's side of a tap: connects and sends; what it sends is given by leg."""

    def __init__(self) -> None:
        self.port = 0
        self.frames: dict[str, bytes] = {}
        self.refuses: set[str] = set()
        self.ordered: list[str] = []
        self._open: list[asyncio.StreamWriter] = []

    async def start_tap(self, leg_id: str, channel: str, attempt: int) -> None:
        self.ordered.append(leg_id)
        if leg_id in self.refuses:
            raise PartUnavailable("switch", "Originate refused", remedy="")
        _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(frame(0x01, uuid.UUID(leg_id).bytes) + self.frames[leg_id])
        self._open.append(writer)

    def close(self) -> None:
        for writer in self._open:
            writer.close()


class Facts:
    """The switch's facts, as they are put in."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[CallFact] = asyncio.Queue()

    def joins(self) -> str:
        leg_id = new_id()
        self._queue.put_nowait(LegJoined(new_id(), leg_id, Party.CALLER, "", f"channel-{leg_id}", NOW))
        return leg_id

    async def facts(self) -> AsyncIterator[CallFact]:
        while True:
            yield await self._queue.get()


class Room:
    """Keeper and server together, as the speech role has them."""

    def __init__(self) -> None:
        self.switch, self.facts = Switch(), Facts()
        self.keeper = TapKeeper(cast("CallControl", self.switch))
        self.heard: dict[str, int] = {}
        self._server = TapServer("127.0.0.1", 0, self._listen)

    async def _listen(self, tap: Tap) -> None:
        try:
            async for chunk in tap:
                self.heard[tap.leg_id] = self.heard.get(tap.leg_id, 0) + len(chunk)
        finally:
            if not tap.replaced:
                self.keeper.ended(tap.leg_id)

    async def __aenter__(self) -> Self:
        await self._server.start()
        self.switch.port = self._server.port
        self._work = asyncio.create_task(self.keeper.run(cast("SwitchWatcher", self.facts), self._server.end))
        return self

    async def __aexit__(self, *error: object) -> None:
        self._work.cancel()
        await asyncio.gather(self._work, return_exceptions=True)
        self.switch.close()
        await self._server.stop()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_AGAIN_SECONDS", 0.01)


async def test_a_leg_in_the_wrong_format_is_tried_ever_more_rarely_and_the_other_leg_is_heard() -> None:
    async with Room() as room:
        wrong, right = room.facts.joins(), room.facts.joins()
        room.switch.frames = {wrong: frame(SLIN8, bytes(320)), right: frame(SLIN16, bytes(CHUNK_BYTES)) * 5}
        with structlog.testing.capture_logs() as logs:
            await until(lambda: room.switch.ordered.count(wrong) >= 6)
        assert room.heard == {right: 5 * CHUNK_BYTES}
        assert room.switch.ordered.count(right) == 1
        pauses = [entry["again_after_s"] for entry in logs if entry["event"] == "tap_does_not_last"]
        assert pauses[:4] == pytest.approx([0.02, 0.04, 0.08, 0.16])
        assert {entry["leg_id"] for entry in logs} == {wrong}
        assert any("0x10" in entry.get("problem", "") for entry in logs)


async def test_a_tap_that_the_switch_refuses_is_ordered_again() -> None:
    async with Room() as room:
        leg = room.facts.joins()
        room.switch.refuses.add(leg)
        room.switch.frames[leg] = frame(SLIN16, bytes(CHUNK_BYTES))
        await until(lambda: room.switch.ordered.count(leg) >= 3)
        room.switch.refuses.clear()
        await until(lambda: room.heard.get(leg) == CHUNK_BYTES)


async def test_a_second_connection_of_a_leg_is_not_answered_by_a_third() -> None:
    async with Room() as room:
        leg = room.facts.joins()
        room.switch.frames[leg] = frame(SLIN16, bytes(CHUNK_BYTES))
        await until(lambda: room.heard.get(leg) == CHUNK_BYTES)
        await room.switch.start_tap(leg, "", 2)
        await until(lambda: room.heard.get(leg) == 2 * CHUNK_BYTES)
        await asyncio.sleep(0.2)  # a third one would have been ordered after 0.01 s
        assert room.switch.ordered == [leg, leg]
