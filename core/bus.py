"""The messenger: live events and requests over MQTT 5.

Loss is harmless here; what must arrive goes through the outbox.
"""

import asyncio
import socket
import weakref
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import structlog
from aiomqtt import Client, Message, MqttError, ProtocolVersion, Topic
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from core.bus_replies import error_of, reply_of_error, reply_of_result
from core.bus_subscription import QUEUE_LENGTH, BusMessage, Subscription
from core.errors import HotlineError, PartUnavailable
from core.ids import new_id
from core.settings import ServerSettings
from core.wire import dumps, loads

_log = structlog.get_logger(__name__)

_FIRST_BACKOFF, _LONGEST_BACKOFF = 0.2, 5.0
_REMEDY = "确认 MQTT 服务器正在运行,地址、端口和口令正确(hotline doctor)"


RequestHandler = Callable[[dict[str, Any]], Awaitable[Mapping[str, object] | None]]


@dataclass(frozen=True, slots=True)
class _Outgoing:
    topic: str
    payload: str
    properties: Properties | None = None


class Bus:
    """One connection to the broker, kept up by itself.

    Attributes:
        dropped: messages not sent because the broker was away for too long.
        problem: why the broker cannot be reached at present; None while connected.
    """

    def __init__(self, settings: ServerSettings, username: str, password: str, client_id: str) -> None:
        self._settings = settings
        self._username = username
        self._password = password
        # two processes of one role must not throw each other off the broker
        self._client_id = f"{client_id}-{new_id()[-12:]}"
        self._reply_topic = f"hotline/rpc/reply/{self._client_id}"
        self._outgoing: deque[_Outgoing] = deque()
        self._to_send = asyncio.Event()
        self._sent = asyncio.Event()
        self._connected = asyncio.Event()
        self._tried = asyncio.Event()
        self._client: Client | None = None
        # the broker knows each pattern once, under an identifier that comes back with its messages
        self._identifiers: dict[str, int] = {}
        self._subscriptions: weakref.WeakSet[Subscription] = weakref.WeakSet()
        self._handlers: dict[int, RequestHandler] = {}
        self._served: list[Subscription] = []
        self._waiting: dict[bytes, asyncio.Future[dict[str, Any]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._keeper: asyncio.Task[None] | None = None
        self.dropped = 0
        self.problem: str | None = "not connected yet"

    async def __aenter__(self) -> Self:
        """Start connecting; returns after the first attempt, whatever came of it."""
        self._replies = self.subscribe(self._reply_topic)
        self._keeper = asyncio.create_task(self._keep_connected(), name="bus")
        await self._tried.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Send what is queued if the broker is there, then leave."""
        if self._connected.is_set():
            await self._drain(seconds=1.0)
        for task in [*self._tasks, *([self._keeper] if self._keeper else [])]:
            task.cancel()
        await asyncio.gather(*self._tasks, *([self._keeper] if self._keeper else []), return_exceptions=True)
        for subscription in list(self._subscriptions):
            subscription.put(None)

    @property
    def is_connected(self) -> bool:
        """True while the broker is reached."""
        return self._connected.is_set()

    @property
    def backlog(self) -> int:
        """Messages that wait to be sent."""
        return len(self._outgoing)

    async def wait_connected(self, timeout: float) -> None:  # noqa: ASYNC109 - the caller's patience is the point
        """Wait until the broker is reached.

        Raises:
            PartUnavailable: it was not within `timeout` seconds.
        """
        try:
            async with asyncio.timeout(timeout):
                await self._connected.wait()
        except TimeoutError:
            raise PartUnavailable("mqtt", f"无法连接消息服务器({self.problem})", remedy=_REMEDY) from None

    async def publish(self, topic: str, payload: Mapping[str, object]) -> None:
        """Send a message to whoever listens. Never fails: while the broker is away the oldest are dropped."""
        self._queue(_Outgoing(str(Topic(topic)), dumps(payload)))

    def subscribe(self, pattern: str) -> Subscription:
        """Receive the messages whose topic matches `pattern` (MQTT wildcards); `async for` reads them."""
        subscription = self._register(pattern)
        self._spawn(self._announce(subscription))
        return subscription

    async def request(self, topic: str, payload: Mapping[str, object], timeout: float = 2.0) -> dict[str, Any]:  # noqa: ASYNC109
        """Ask whoever serves `topic` and return the answer.

        Raises:
            PartUnavailable: no answer within `timeout` seconds, or the broker is away.
            HotlineError: what the other side raised.
        """
        correlation = new_id().encode()
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[correlation] = answer
        try:
            async with asyncio.timeout(timeout):
                await self._connected.wait()
                await self._replies.active.wait()
                await self._ask(topic, payload, correlation, timeout)
                reply = await answer
        except (TimeoutError, MqttError):
            problem = (
                f"{topic} 未在 {timeout:g} 秒内答复" if self.is_connected else f"消息服务器连接中断({self.problem})"
            )
            raise PartUnavailable("bus", problem, remedy="确认对应的进程正在运行(hotline status)") from None
        finally:
            del self._waiting[correlation]
        if (error := error_of(reply)) is not None:
            raise error
        result: dict[str, Any] = reply.get("result") or {}
        return result

    async def serve(self, topic: str, handler: RequestHandler) -> None:
        """Answer the requests to `topic` until the bus is left; returns when the broker knows, or is away.

        A `HotlineError` the handler raises is raised again at the asker; any other exception is logged and reaches the
        asker as `PartUnavailable`.
        """
        subscription = self._register(topic)
        self._served.append(subscription)
        self._handlers[subscription.identifier] = handler
        await self._announce(subscription)

    def _register(self, pattern: str) -> Subscription:
        identifier = self._identifiers.setdefault(pattern, len(self._identifiers) + 1)
        subscription = Subscription(pattern, identifier)
        self._subscriptions.add(subscription)
        return subscription

    async def _keep_connected(self) -> None:
        backoff = _FIRST_BACKOFF
        while True:
            try:
                async with self._new_client() as client:
                    backoff = _FIRST_BACKOFF
                    await self._converse(client)
            except MqttError as error:
                self._lost(error)
            finally:
                self._tried.set()
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, _LONGEST_BACKOFF)

    def _new_client(self) -> Client:
        return Client(
            self._settings.host,
            self._settings.port,
            username=self._username,
            password=self._password,
            identifier=self._client_id,
            protocol=ProtocolVersion.V5,
            keepalive=15,
            timeout=5,
            # a second small message must not wait for the broker's acknowledgement of the first (Nagle: up to 40 ms)
            socket_options=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
        )

    async def _converse(self, client: Client) -> None:
        self._client, self.problem = client, None
        for subscription in list(self._subscriptions):
            await self._tell_broker(client, subscription)
        self._connected.set()
        self._tried.set()
        sending = asyncio.create_task(self._send_queued(client))
        try:
            async for message in client.messages:
                self._receive(message)
        finally:
            self._client = None
            self._connected.clear()
            for subscription in list(self._subscriptions):
                subscription.active.clear()
            sending.cancel()

    def _lost(self, error: MqttError) -> None:
        if self.problem is None or self.problem == "not connected yet":
            _log.warning("mqtt broker lost", problem=str(error), remedy=_REMEDY)
        self.problem = str(error)

    async def _announce(self, subscription: Subscription) -> None:
        client = self._client
        if client is not None and not subscription.active.is_set():
            try:
                await self._tell_broker(client, subscription)
            except MqttError as error:
                # the connection is going down; the next one tells the broker anew
                _log.debug("subscription waits for the broker", problem=str(error))

    async def _tell_broker(self, client: Client, subscription: Subscription) -> None:
        # the broker repeats a message for each overlapping subscription; the identifier says which one it is for
        properties = _properties(PacketTypes.SUBSCRIBE, SubscriptionIdentifier=subscription.identifier)
        await client.subscribe(subscription.pattern, properties=properties)
        subscription.active.set()

    async def _send_queued(self, client: Client) -> None:
        while True:
            while self._outgoing:
                message = self._outgoing[0]
                try:
                    await client.publish(message.topic, message.payload, properties=message.properties)
                except MqttError:
                    return
                if self._outgoing and self._outgoing[0] is message:
                    self._outgoing.popleft()
            self._sent.set()
            self._to_send.clear()
            await self._to_send.wait()

    async def _drain(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._sent.wait()

    async def _ask(self, topic: str, payload: Mapping[str, object], correlation: bytes, seconds: float) -> None:
        client = self._client
        if client is None:
            raise MqttError("disconnected")
        properties = _properties(
            PacketTypes.PUBLISH,
            ResponseTopic=self._reply_topic,
            CorrelationData=correlation,
            MessageExpiryInterval=max(1, round(seconds)),  # nobody acts on a question whose asker has gone
        )
        await client.publish(topic, dumps(payload), properties=properties)

    def _receive(self, message: Message) -> None:
        try:
            payload = loads(bytes(message.payload) if isinstance(message.payload, bytes | bytearray) else b"")
        except HotlineError:
            _log.warning("message refused: not a JSON object", topic=str(message.topic))
            return
        if str(message.topic) == self._reply_topic:
            answer = self._waiting.get(getattr(message.properties, "CorrelationData", b""))
            if answer is not None and not answer.done():
                answer.set_result(payload)
            return
        for identifier in _identifiers(message):
            self._dispatch(identifier, message, payload)

    def _dispatch(self, identifier: int, message: Message, payload: dict[str, Any]) -> None:
        if identifier in self._handlers:
            self._spawn(self._answer(self._handlers[identifier], message, payload))
            return
        for subscription in list(self._subscriptions):
            if subscription.identifier == identifier:
                subscription.put(BusMessage(str(message.topic), payload))

    async def _answer(self, handler: RequestHandler, message: Message, payload: dict[str, Any]) -> None:
        try:
            reply = reply_of_result(await handler(payload))
        except HotlineError as error:
            reply = reply_of_error(error)
        except Exception:  # noqa: BLE001 - the asker must be answered whatever the handler raises
            _log.exception("request failed", topic=str(message.topic))
            reply = reply_of_error(PartUnavailable("bus", "请求处理出错", remedy="查看服务日志"))
        response_topic = getattr(message.properties, "ResponseTopic", None)
        if response_topic is None or not Topic(response_topic).matches("hotline/rpc/reply/+"):
            return
        correlation = getattr(message.properties, "CorrelationData", b"")
        properties = _properties(PacketTypes.PUBLISH, CorrelationData=correlation)
        self._queue(_Outgoing(response_topic, dumps(reply), properties))

    def _queue(self, message: _Outgoing) -> None:
        if len(self._outgoing) >= QUEUE_LENGTH:
            self._outgoing.popleft()
            self.dropped += 1
        self._outgoing.append(message)
        self._sent.clear()
        self._to_send.set()

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _properties(packet: int, **values: object) -> Properties:
    properties = Properties(packet)  # type: ignore[no-untyped-call]  # paho has no annotations here
    for name, value in values.items():
        setattr(properties, name, value)
    return properties


def _identifiers(message: Message) -> list[int]:
    found: list[int] = getattr(message.properties, "SubscriptionIdentifier", [])
    return found
