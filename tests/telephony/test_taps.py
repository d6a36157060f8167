"""The AudioSocket server against real connections."""

import asyncio
import struct
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import structlog.testing

from core.errors import PartUnavailable
from core.ids import new_id
from telephony.taps import CHUNK_BYTES, Tap, TapServer

CHUNK = bytes(range(256)) * 2 + bytes(128)
assert len(CHUNK) == CHUNK_BYTES


def frame(kind: int, payload: bytes = b"") -> bytes:
    return struct.pack("!BH", kind, len(payload)) + payload


def hello(leg: str) -> bytes:
    return frame(0x01, uuid.UUID(leg).bytes)


class Heard:
    """Collects what the server hands over."""

    def __init__(self) -> None:
        self.taps: list[Tap] = []
        self.audio: dict[str, bytes] = {}
        self.ended = asyncio.Event()

    async def __call__(self, tap: Tap) -> None:
        self.taps.append(tap)
        async for chunk in tap:
            self.audio[tap.leg_id] = self.audio.get(tap.leg_id, b"") + chunk
        self.ended.set()


@asynccontextmanager
async def serving(on_tap: Callable[[Tap], Awaitable[None]]) -> AsyncIterator[TapServer]:
    server = TapServer("127.0.0.1", 0, on_tap)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def connect(server: TapServer, data: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(data)
    return reader, writer


async def closed_by_server(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(5):
            return await reader.read(1) == b""
    except ConnectionResetError:
        return True


async def test_a_leg_s_audio_is_handed_over_until_the_hang_up_frame() -> None:
    heard, leg = Heard(), new_id()
    async with serving(heard) as server:
        reader, writer = await connect(server, hello(leg) + frame(0x12, CHUNK) * 3 + frame(0x03, b"5") + frame(0x00))
        async with asyncio.timeout(5):
            await heard.ended.wait()
        assert await closed_by_server(reader)
        writer.close()
    assert heard.audio == {leg: CHUNK * 3}


async def test_frames_torn_into_single_bytes_are_put_together() -> None:
    heard, leg = Heard(), new_id()
    async with serving(heard) as server:
        _, writer = await connect(server, b"")
        for byte in hello(leg) + frame(0x12, CHUNK) + frame(0x00):
            writer.write(bytes([byte]))
            await writer.drain()
        async with asyncio.timeout(5):
            await heard.ended.wait()
        writer.close()
    assert heard.audio == {leg: CHUNK}


@pytest.mark.parametrize(
    "wrong",
    [b"GET / HTTP/1.1\r\n\r\n" + bytes(20_000), frame(0x01, b"short"), frame(0x12, CHUNK), frame(0x00)],
    ids=["http", "short uuid", "audio first", "hang-up first"],
)
async def test_a_peer_that_does_not_begin_with_a_uuid_is_sent_away(wrong: bytes) -> None:
    heard = Heard()
    async with serving(heard) as server:
        with structlog.testing.capture_logs() as logs:
            reader, writer = await connect(server, wrong)
            assert await closed_by_server(reader)
        writer.close()
    assert heard.taps == []
    assert [entry["event"] for entry in logs] == ["tap_refused"]


async def test_audio_of_the_wrong_format_ends_the_tap_with_a_log() -> None:
    heard = Heard()
    async with serving(heard) as server:
        with structlog.testing.capture_logs() as logs:
            reader, writer = await connect(server, hello(new_id()) + frame(0x10, bytes(320)))
            assert await closed_by_server(reader)
            async with asyncio.timeout(5):
                await heard.ended.wait()
        writer.close()
    assert "0x10" in logs[0]["problem"]


async def test_a_reset_connection_ends_the_tap_and_not_the_server() -> None:
    heard, leg = Heard(), new_id()
    async with serving(heard) as server:
        _, writer = await connect(server, hello(leg) + frame(0x12, CHUNK) + b"\x12")
        await writer.drain()
        while leg not in heard.audio:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        writer.transport.abort()
        async with asyncio.timeout(5):
            await heard.ended.wait()
        _, second = await connect(server, hello(leg) + frame(0x12, CHUNK) + frame(0x00))
        while len(heard.audio[leg]) < 2 * CHUNK_BYTES:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        second.close()
    assert len(heard.taps) == 2


async def test_a_leg_that_connects_again_replaces_its_former_connection() -> None:
    heard, leg = Heard(), new_id()
    async with serving(heard) as server:
        _, first = await connect(server, hello(leg) + frame(0x12, CHUNK))
        while leg not in heard.audio:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        _, second = await connect(server, hello(leg) + frame(0x12, CHUNK) + frame(0x00))
        async with asyncio.timeout(5):
            await heard.ended.wait()
        while len(heard.audio[leg]) < 2 * CHUNK_BYTES:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        first.close()
        second.close()
    assert [tap.leg_id for tap in heard.taps] == [leg, leg]
    assert [tap.replaced for tap in heard.taps] == [True, False]


async def test_a_slow_consumer_loses_audio_audibly_counted_and_in_the_right_place() -> None:
    tap = Tap(new_id())
    with structlog.testing.capture_logs() as logs:
        for _ in range(503):
            tap.put(CHUNK)
    assert (tap.lost_chunks, [entry["event"] for entry in logs]) == (3, ["tap_consumer_too_slow"])
    chunks = tap.__aiter__()
    assert await anext(chunks) == CHUNK
    tap.put(CHUNK)
    tap.end()
    rest = [chunk async for chunk in chunks]
    assert rest[-2:] == [bytes(3 * CHUNK_BYTES), CHUNK]
    assert len(b"".join(rest)) == 503 * CHUNK_BYTES


async def test_a_failing_consumer_does_not_stop_the_server() -> None:
    calls: list[str] = []
    again = asyncio.Event()

    async def fail(tap: Tap) -> None:
        calls.append(tap.leg_id)
        if len(calls) == 2:
            again.set()
        raise RuntimeError("a fault in the recogniser")

    async with serving(fail) as server:
        for _ in range(2):
            _, writer = await connect(server, hello(new_id()) + frame(0x12, CHUNK) + frame(0x00))
            writer.close()
        async with asyncio.timeout(5):
            await again.wait()


async def test_stopping_ends_connections_and_consumers() -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def forever(tap: Tap) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with serving(forever) as server:
        reader, writer = await connect(server, hello(new_id()))
        async with asyncio.timeout(5):
            await started.wait()
    assert cancelled.is_set()
    assert await closed_by_server(reader)
    writer.close()


async def test_a_taken_port_is_told_with_the_setting_to_change() -> None:
    async with serving(Heard()) as server:
        with pytest.raises(PartUnavailable) as told:
            await TapServer("127.0.0.1", server.port, Heard()).start()
    assert "speech.tap_port" in told.value.remedy


async def test_a_tap_of_a_leg_that_is_over_is_hung_up_by_the_server() -> None:
    over = asyncio.Event()

    async def listen(tap: Tap) -> None:
        async for _ in tap:
            pass
        over.set()

    async with serving(listen) as server:
        leg = new_id()
        reader, writer = await connect(server, hello(leg) + frame(0x12, b"\0" * 640))
        async with asyncio.timeout(5):
            while not over.is_set():
                server.end(leg)
                await asyncio.sleep(0.01)
        assert await closed_by_server(reader)
        server.end(leg)
        writer.close()
