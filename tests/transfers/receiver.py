"""A partner's web server that takes hand-over notes: real HTTP, each signature checked."""

import asyncio
import hashlib
import hmac
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

SECRET = "a-secret-of-the-partner"


@dataclass
class Receiver:
    """Keeps every note, after its signature was checked.

    Attributes:
        broken: how many requests it answers with 503 before it works.
    """

    notes: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    broken: int = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/handover"

    async def close(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head.split("\r\n"))
        }
        body = await reader.readexactly(int(headers["content-length"]))
        self.keys.append(headers["idempotency-key"])
        if self.broken:
            self.broken -= 1
            status = "503 Service Unavailable"
        else:
            status = "204 No Content"
            self._keep(head, headers["x-hotline-signature"], body)
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        with suppress(ConnectionError):
            await writer.drain()
        writer.close()

    def _keep(self, head: str, signature: str, body: bytes) -> None:
        signed = dict(part.split("=", 1) for part in signature.split(","))
        wanted = hmac.new(SECRET.encode(), f"{signed['t']}.".encode() + body, hashlib.sha256).hexdigest()
        if hmac.compare_digest(wanted, signed["v1"]):
            self.notes.append(json.loads(body))
        else:
            self.wrong.append(head)

    async def note(self, call_id: str, stage: str, *, within: float = 30.0) -> dict[str, Any]:
        """Wait for a stage of the note of a call."""
        async with asyncio.timeout(within):
            while True:
                for note in self.notes:
                    if (note["call_id"], note["stage"]) == (call_id, stage):
                        return note
                await asyncio.sleep(0.02)
