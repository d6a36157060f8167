"""The user agent's transport and transactions: UDP, repetition until an answer comes (RFC 3261 section 17)."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from telephony.phones.sip_message import SipMessage

_T1 = 0.5
_T2 = 4.0
_TRIES = 7
_FINAL = 200


class SipTransactions(asyncio.DatagramProtocol, ABC):
    """One UDP port that talks to one server. `UserAgent` adds what a phone does with it."""

    def __init__(self, number: str, server: tuple[str, int], host: str) -> None:
        self.number = number
        self.host = host
        self.port = 0
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None
        self._pending: dict[tuple[str, str], asyncio.Event] = {}
        self._answers: dict[tuple[str, str], asyncio.Future[SipMessage]] = {}
        self._sent_responses: dict[tuple[str, str], SipMessage] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def contact(self) -> str:
        """Contact header of this phone."""
        return f"<sip:{self.number}@{self.host}:{self.port}>"

    def via(self, branch: str) -> str:
        """Return a Via header value."""
        return f"SIP/2.0/UDP {self.host}:{self.port};rport;branch={branch}"

    async def start(self) -> None:
        """Bind a free port."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(self.host, 0))
        self.port = int(self._transport.get_extra_info("sockname")[1])

    def stop(self) -> None:
        """End what runs and release the port."""
        for task in list(self._tasks):
            task.cancel()
        if self._transport is not None:
            self._transport.close()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run something as long as the phone lives."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def send_request(self, request: SipMessage) -> None:
        """Send a request and repeat it until a response comes."""
        self.spawn(self.deliver(request))

    async def deliver(self, request: SipMessage) -> SipMessage | None:
        """Send a request until a response comes and return the final one; None after 7 tries without any."""
        key = (request.branch, request.method)
        final: asyncio.Future[SipMessage] = asyncio.get_running_loop().create_future()
        self._answers[key] = final
        heard = self._pending[key] = asyncio.Event()
        pause = _T1
        try:
            for _ in range(_TRIES):
                self.send(request)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await heard.wait()
                if heard.is_set():
                    return await final
                pause = min(pause * 2, _T2)
        finally:
            del self._answers[key], self._pending[key]
        return None

    def respond(self, request: SipMessage, answer: SipMessage, *, until_ack: bool = False) -> None:
        """Send a response; with `until_ack`, repeat it until the ACK comes (section 13.3.1.4)."""
        self._sent_responses[(request.branch, request.method)] = answer
        self.send(answer)
        if until_ack:
            self.spawn(self._repeat_until_ack(request.call_id, answer))

    def send(self, message: SipMessage) -> None:
        """Send a message once."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(message.encode(), self._server)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Take a datagram."""
        del addr
        message = SipMessage.parse(data)
        if message is None:
            return
        if message.status:
            self._take_response(message)
        elif message.method == "ACK":
            if (acknowledged := self._pending.get((message.call_id, "ACK"))) is not None:
                acknowledged.set()
        elif (known := self._sent_responses.get((message.branch, message.method))) is not None:
            self.send(known)  # a repeated request gets the same answer
        else:
            self.spawn(self.take_request(message))

    @abstractmethod
    async def take_request(self, request: SipMessage) -> None:
        """Act on a new request."""

    @abstractmethod
    def take_progress(self, message: SipMessage) -> None:
        """Act on a provisional response."""

    @abstractmethod
    def take_repeated_answer(self, message: SipMessage) -> None:
        """Act on a final response that no transaction waits for any more."""

    def _take_response(self, message: SipMessage) -> None:
        key = (message.branch, message.method)
        if (heard := self._pending.get(key)) is not None:
            heard.set()
        if message.status < _FINAL:
            self.take_progress(message)
        elif (final := self._answers.get(key)) is not None and not final.done():
            final.set_result(message)
        else:
            self.take_repeated_answer(message)

    async def _repeat_until_ack(self, call_id: str, answer: SipMessage) -> None:
        acknowledged = self._pending[(call_id, "ACK")] = asyncio.Event()
        pause = _T1
        for _ in range(_TRIES):
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await acknowledged.wait()
                return
            self.send(answer)
            pause = min(pause * 2, _T2)
