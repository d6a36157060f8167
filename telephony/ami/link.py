"""`AmiLink`: actions with typed results, ordered events, reconnection, and a watchdog for half-open connections."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from core.errors import PartUnavailable
from telephony.ami.message import AmiMessage, SwitchRefused, checked, checked_variable
from telephony.ami.protocol import HardenedProtocol, LinkLost, ListAction, PlainAction

log = structlog.get_logger(__name__)

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 2.0


@dataclass(frozen=True, slots=True)
class LinkUp:
    """Logged in; AMI replays nothing, so whoever keeps state must read it from the switch now."""


@dataclass(frozen=True, slots=True)
class LinkDown:
    """The connection is gone; events may have been missed."""


LinkEvent = AmiMessage | LinkUp | LinkDown


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds: how long each step of the link may take."""

    connect: float = 5.0
    action: float = 5.0
    ping_every: float = 5.0
    ping: float = 3.0


class AmiLink:
    """A lasting connection to Asterisk's manager interface.

    Nothing is ever sent while disconnected and nothing is re-sent after a reconnect: a stale Originate would ring a
    phone for a caller who is long gone. `events()` has one consumer; when it lags `backlog` events behind, the
    connection is dropped and made anew, so that the consumer resynchronises instead of missing events silently. With
    `listen=False` the switch sends no events, and nobody needs to consume any.
    """

    def __init__(
        self, host: str, port: int, username: str, secret: str,
        *, timings: Timings | None = None, backlog: int = 50_000, listen: bool = True,
    ) -> None:  # fmt: skip
        self._host = host
        self._port = port
        self._username = username
        self._secret = secret
        self._timings = timings or Timings()
        self._backlog = backlog
        self._listen = listen
        self._events: asyncio.Queue[LinkEvent] = asyncio.Queue()
        self._protocol: HardenedProtocol | None = None
        self._lost = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """True while logged in."""
        return self._protocol is not None

    async def start(self) -> None:
        """Connect, log in, and keep the connection from then on.

        Raises:
            PartUnavailable: nobody listens there, or the password is wrong.
        """
        await self._connect()
        self._keeper = asyncio.create_task(self._keep(), name=f"ami-{self._username}")

    async def close(self) -> None:
        """Log off and stop reconnecting."""
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        if self._protocol is not None:
            self._protocol.close()
            self._protocol = None

    async def action(
        self, name: str, fields: Mapping[str, object] | None = None, *, variables: Mapping[str, object] | None = None
    ) -> AmiMessage:
        """Send an action and return its response.

        Raises:
            PartUnavailable: not connected, or no answer in time.
            SwitchRefused: Asterisk answered with an error.
            InvalidInput: a value holds a control character.
        """
        return await self.post(name, fields, variables=variables)

    def post(
        self, name: str, fields: Mapping[str, object] | None = None, *, variables: Mapping[str, object] | None = None
    ) -> Coroutine[Any, Any, AmiMessage]:
        """Write an action before returning; what is returned waits for the response and must be awaited.

        For an order that must not stand behind what the event loop has to do meanwhile.

        Raises:
            PartUnavailable, InvalidInput: as `action`; all else when awaited.
        """
        return _first(self._write(PlainAction(_headers(name, fields, variables))))

    async def list_action(self, name: str, fields: Mapping[str, object] | None = None) -> list[AmiMessage]:
        """Send an action that answers with a list; return the events between its start and its end.

        Raises:
            PartUnavailable, SwitchRefused, InvalidInput: as `action`.
        """
        answers = await self._write(ListAction(_headers(name, fields, None)))
        return [message for message in answers[1:] if not message.get("eventlist")]

    async def events(self) -> AsyncIterator[LinkEvent]:
        """Yield events in the order of their arrival, with `LinkUp` and `LinkDown` between them. One consumer only."""
        while True:
            yield await self._events.get()

    def _write(self, action: Any) -> Coroutine[Any, Any, list[AmiMessage]]:
        protocol = self._protocol
        if protocol is None:
            raise _away("未连接")
        return self._exchange(protocol, action)

    def _exchange(self, protocol: HardenedProtocol, action: Any) -> Coroutine[Any, Any, list[AmiMessage]]:
        return self._answer(protocol, action, protocol.send(action))

    async def _answer(
        self, protocol: HardenedProtocol, action: Any, answer: Awaitable[list[AmiMessage]]
    ) -> list[AmiMessage]:
        name = str(action["action"])
        try:
            # not wait_for: in Python 3.11 it swallows a cancellation that comes with the answer
            async with asyncio.timeout(self._timings.action):
                messages = await answer
        except TimeoutError as error:
            raise _away(f"{name} 在 {self._timings.action:g} 秒内没有应答") from error
        except LinkLost as error:
            raise _away(f"执行 {name} 时连接中断") from error
        finally:
            protocol.forget(action)
        if not messages[0].success:
            raise SwitchRefused(name, messages[0].get("message"))
        return messages

    async def _connect(self) -> None:
        self._lost = lost = asyncio.Event()
        loop = asyncio.get_running_loop()
        opening = loop.create_connection(lambda: HardenedProtocol(self._take, lost.set), self._host, self._port)
        try:
            async with asyncio.timeout(self._timings.connect):
                _, protocol = await opening
        except (OSError, TimeoutError) as error:
            raise PartUnavailable(
                "asterisk",
                f"无法连接 AMI {self._host}:{self._port}",
                remedy="确认 Asterisk 已启动(hotline doctor),端口与 hotline.toml 的 asterisk.ami_port 一致",
            ) from error
        await self._log_in(protocol)
        self._protocol = protocol
        self._events.put_nowait(LinkUp())

    async def _log_in(self, protocol: HardenedProtocol) -> None:
        fields = {"Username": self._username, "Secret": self._secret, "Events": "on" if self._listen else "off"}
        try:
            await self._exchange(protocol, PlainAction(_headers("Login", fields, None)))
        except SwitchRefused as error:
            protocol.close()
            raise PartUnavailable(
                "asterisk",
                f"AMI 用户 {self._username} 登录被拒绝({error.answer})",
                remedy="secrets.toml 与 Asterisk 的 manager.conf 不一致:运行 hotline init 重新生成配置并重启交换机",
            ) from error
        except BaseException:
            protocol.close()
            raise

    def _take(self, message: AmiMessage) -> None:
        if not self._listen:
            return  # FullyBooted comes whatever was asked for
        if self._events.qsize() >= self._backlog:
            if self._protocol is not None and not self._protocol.transport.is_closing():
                log.error("ami_backlog_full", events=self._backlog)
                self._protocol.abort()
            return
        self._events.put_nowait(message)

    async def _keep(self) -> None:
        while True:
            await self._watch()
            self._protocol = None
            self._events.put_nowait(LinkDown())
            log.warning("ami_link_down", host=self._host, port=self._port)
            await self._reconnect()
            log.info("ami_link_up", host=self._host, port=self._port)

    async def _watch(self) -> None:
        """Return when the connection is gone; a peer that no longer answers pings is cut off."""
        protocol = self._protocol
        if protocol is None:
            return
        while not self._lost.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(self._timings.ping_every):
                    await self._lost.wait()
                return
            try:
                async with asyncio.timeout(self._timings.ping):
                    await self.action("Ping")
            except (PartUnavailable, SwitchRefused, TimeoutError):
                log.warning("ami_ping_unanswered")
                protocol.abort()
                return

    async def _reconnect(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._connect()
            except PartUnavailable as error:
                log.info("ami_still_away", problem=error.problem, again_in_seconds=pause)
            else:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


def _headers(
    name: str, fields: Mapping[str, object] | None, variables: Mapping[str, object] | None
) -> dict[str, str | list[str]]:
    headers: dict[str, str | list[str]] = {"Action": checked("action", name)}
    for key, value in (fields or {}).items():
        headers[checked("field", key)] = checked(key, value)
    if name.lower() == "originate":
        headers["Async"] = "true"  # a blocking Originate holds up the whole AMI session
    if variables:
        headers["Variable"] = [checked_variable(key, value) for key, value in variables.items()]
    return headers


async def _first(answers: Awaitable[list[AmiMessage]]) -> AmiMessage:
    return (await answers)[0]


def _away(problem: str) -> PartUnavailable:
    return PartUnavailable("asterisk", problem, remedy="等待自动重连;若持续出现,运行 hotline doctor 检查 Asterisk")
