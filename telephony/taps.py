"""AudioSocket server: what each leg says, live, for speech recognition (Asterisk's AudioSocket protocol).

A frame is type (1 byte), length (2 bytes, big endian), payload. Whatever goes wrong here ends the tap, never the call.
"""

import asyncio
import struct
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import structlog

from core.errors import PartUnavailable

log = structlog.get_logger(__name__)

RATE = 16_000
"""Samples a second; signed 16 bit little endian, mono."""
CHUNK_BYTES = 640
"""One frame: 20 ms."""

_HEADER = struct.Struct("!BH")
_HANG_UP = 0x00
_UUID = 0x01
_DTMF = 0x03
_SLIN16 = 0x12
_UUID_BYTES = 16
_HELLO_SECONDS = 5.0
_BACKLOG = 500
"""Chunks kept for a slow consumer: 10 s."""


class WrongFrame(Exception):  # noqa: N818 - reads as the sentence "raise WrongFrame"
    """The peer does not speak AudioSocket with 16 kHz audio."""


class Tap:
    """The audio of one leg from one connection. Iterate over it once: chunks of PCM until the leg ends.

    A consumer more than 10 s behind loses audio; the loss is counted in `lost_chunks`, logged, and handed on as silence
    of the same length, so that times stay right.
    """

    def __init__(self, leg_id: str) -> None:
        self.leg_id = leg_id
        self.lost_chunks = 0
        self.replaced = False
        """True: ended because the leg has a newer connection."""
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._lost_now = 0

    def put(self, chunk: bytes) -> None:
        """Add a chunk that was received."""
        if self._chunks.qsize() >= _BACKLOG:
            if self._lost_now == 0:
                log.warning("tap_consumer_too_slow", leg_id=self.leg_id, kept_chunks=_BACKLOG)
            self._lost_now += 1
            self.lost_chunks += 1
            return
        if self._lost_now:
            self._chunks.put_nowait(bytes(CHUNK_BYTES * self._lost_now))
            self._lost_now = 0
        self._chunks.put_nowait(chunk)

    def end(self) -> None:
        """No more chunks will come."""
        self._chunks.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield chunks of 16 kHz signed 16-bit little-endian mono PCM."""
        while (chunk := await self._chunks.get()) is not None:
            yield chunk


class TapServer:
    """Listens for Asterisk's AudioSocket connections.

    Args:
        host: address to listen on.
        port: port to listen on; 0: any free one (see `port`).
        on_tap: runs for each tap, as a task of its own; its errors are logged. It is cancelled by `stop`.
    """

    def __init__(self, host: str, port: int, on_tap: Callable[[Tap], Awaitable[None]]) -> None:
        self._host = host
        self._port = port
        self._on_tap = on_tap
        self._server: asyncio.Server | None = None
        self._taps: dict[str, Tap] = {}
        self._writers: dict[str, asyncio.StreamWriter] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self._port

    async def start(self) -> None:
        """Begin to listen.

        Raises:
            PartUnavailable: the port is taken.
        """
        try:
            self._server = await asyncio.start_server(self._accept, self._host, self._port)
        except OSError as error:
            raise PartUnavailable(
                "taps",
                f"无法监听 {self._host}:{self._port}({error.strerror})",
                remedy="结束占用该端口的程序,或修改 hotline.toml 的 speech.tap_port",
            ) from error
        self._port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def end(self, leg_id: str) -> None:
        """Hang up the tap of a leg that is over, should Asterisk not have done so; nothing happens when it has."""
        writer = self._writers.get(leg_id)
        if writer is not None:
            writer.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._keep(self._serve(reader, writer))

    def _keep(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tap: Tap | None = None
        try:
            async with asyncio.timeout(_HELLO_SECONDS):
                tap = self._open(await _leg_id(reader))
            self._writers[tap.leg_id] = writer
            await _pump(reader, tap)
        except (WrongFrame, TimeoutError) as error:
            log.warning("tap_refused", leg_id=tap.leg_id if tap else None, problem=str(error) or "silent")
        except (OSError, asyncio.IncompleteReadError):
            log.info("tap_disconnected", leg_id=tap.leg_id if tap else None)
        finally:
            self._close(tap)
            if tap is not None and self._writers.get(tap.leg_id) is writer:
                del self._writers[tap.leg_id]
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _open(self, leg_id: str) -> Tap:
        """Start a tap; a leg that connects again replaces its former connection."""
        former = self._taps.pop(leg_id, None)
        if former is not None:
            former.replaced = True
            former.end()
        tap = self._taps[leg_id] = Tap(leg_id)
        self._keep(self._consume(tap))
        return tap

    def _close(self, tap: Tap | None) -> None:
        if tap is None or self._taps.get(tap.leg_id) is not tap:
            return
        del self._taps[tap.leg_id]
        tap.end()
        if tap.lost_chunks:
            log.warning("tap_lost_audio", leg_id=tap.leg_id, chunks=tap.lost_chunks)

    async def _consume(self, tap: Tap) -> None:
        try:
            await self._on_tap(tap)
        except Exception:
            log.exception("tap_consumer_failed", leg_id=tap.leg_id)


async def _frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    kind, length = _HEADER.unpack(await reader.readexactly(_HEADER.size))
    return kind, await reader.readexactly(length)


async def _leg_id(reader: asyncio.StreamReader) -> str:
    kind, payload = await _frame(reader)
    if kind != _UUID or len(payload) != _UUID_BYTES:
        raise WrongFrame(f"first frame has type {kind:#04x} and {len(payload)} bytes, not a UUID")
    return str(uuid.UUID(bytes=payload))


async def _pump(reader: asyncio.StreamReader, tap: Tap) -> None:
    while True:
        kind, payload = await _frame(reader)
        if kind == _HANG_UP:
            return
        if kind == _SLIN16 and len(payload) % 2 == 0:
            tap.put(payload)
        elif kind != _DTMF:
            raise WrongFrame(f"frame of type {kind:#04x} with {len(payload)} bytes; expected slin16 (0x12)")
