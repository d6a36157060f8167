"""A scripted AMI server, for faults that a real Asterisk cannot be made to show on command."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from telephony.ami import AmiLink
from telephony.ami.link import Timings

Headers = dict[str, str]
EOL = b"\r\n"


class ScriptedSwitch:
    """Answers Login and Ping; what else it answers is set in `answers` (None: silence)."""

    def __init__(self) -> None:
        self.port = 0
        self.seen: list[list[tuple[str, str]]] = []
        self.answers: dict[str, Callable[[Headers], bytes | None]] = {}
        self.logins = 0
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self.drop()
        await asyncio.sleep(0)

    def drop(self) -> None:
        """Cut every connection."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def send(self, data: bytes) -> None:
        """Send raw bytes to whoever is connected."""
        self._writers[-1].write(data)

    async def flush(self) -> None:
        await self._writers[-1].drain()
        await asyncio.sleep(0.02)

    def actions(self, name: str) -> list[list[tuple[str, str]]]:
        return [action for action in self.seen if ("Action", name) in action]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        try:
            while True:
                block = await reader.readuntil(EOL + EOL)
                lines = block.decode().strip("\r\n").split("\r\n")
                action = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
                self.seen.append(action)
                if (answer := self._answer(dict(action))) is not None:
                    writer.write(answer)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    def _answer(self, action: Headers) -> bytes | None:
        name, number = action["Action"], action["ActionID"]
        if name in self.answers:
            return self.answers[name](action)
        if name == "Login":
            self.logins += 1
            if action["Secret"] != "right":
                return reply(number, "Error", "Authentication failed")
            return reply(number, "Success", "Authentication accepted")
        return reply(number, "Success", "Done")


def reply(action_id: str, response: str, message: str, *more: str) -> bytes:
    lines = [f"Response: {response}", f"ActionID: {action_id}", *more, f"Message: {message}", "", ""]
    return "\r\n".join(lines).encode()


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedSwitch]:
    switch = ScriptedSwitch()
    await switch.start()
    yield switch
    await switch.stop()


@pytest.fixture
async def link(scripted: ScriptedSwitch) -> AsyncIterator[AmiLink]:
    """A link to the scripted switch, with short times."""
    timings = Timings(connect=1.0, action=0.5, ping_every=0.3, ping=0.3)
    opened = AmiLink("127.0.0.1", scripted.port, "engine", "right", timings=timings)
    await opened.start()
    yield opened
    await opened.close()
