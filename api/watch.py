"""The outermost layer of every request: time, count, log, bound the body, and answer faults with an id."""

import time

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors
from api.metrics import Metrics

log = structlog.get_logger(__name__)

MOST_BODY_BYTES = 1_000_000
_FILES = ("/attachments", "/file")
"""End of the path of what takes files …"""
_MOST_FILE_BYTES = 21_000_000
"""… of this size at the most (`tickets.attachments.kinds`); the use case names its own limit."""

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)
_QUIET = frozenset({"healthz", "readyz", "metrics"})


class Watch:
    """ASGI middleware.

    Requests are logged by the name of their operation: a path or a query may hold what a person typed.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and answer for what goes wrong with it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = _MOST_FILE_BYTES if scope["path"].endswith(_FILES) else MOST_BODY_BYTES
        exchange = _Exchange(receive, send, most)
        began = time.perf_counter()
        try:
            try:
                await self._app(scope, exchange.receive, exchange.send)
            except ClientDisconnect:
                if not exchange.too_large:
                    raise
            if exchange.too_large:
                await exchange.answer(errors.answer(errors.MalformedError(413)), scope)
        except Exception:
            self._metrics.faults.inc()
            error_id, response = errors.answer_unexpected()
            log.exception("request_failed", error_id=error_id, operation=_operation(scope), method=scope["method"])
            await exchange.answer(response, scope)
        finally:
            self._note(scope, exchange.status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        operation, method = _operation(scope), scope["method"] if scope["method"] in _METHODS else "OTHER"
        self._metrics.requests.labels(method, operation, status).inc()
        self._metrics.seconds.labels(method, operation).observe(seconds)
        if operation not in _QUIET:
            account = scope.get("state", {}).get("account_id")
            log.info(
                "request", operation=operation, method=method, status=status, ms=round(seconds * 1000), account=account
            )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Exchange:
    """One request and its answer, looked at as they pass."""

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self._receive = receive
        self._most = most
        self._send = send
        self._received = 0
        self._started = False
        self.too_large = False
        self.status = 499
        """Until an answer starts: the client has gone (the number nginx made customary)."""

    async def receive(self) -> Message:
        """Pass the body on; one that is too large ends as if the client had gone (so nothing acts on a part of it)."""
        message = await self._receive()
        self._received += len(message.get("body", b""))
        if self._received <= self._most:
            return message
        self.too_large = not self._started
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Pass the answer on with our headers; what is said to a body that is too large is not."""
        if self.too_large:
            return
        if message["type"] == "http.response.start":
            self._started = True
            self.status = message["status"]
            present = {name.lower() for name, _ in message["headers"]}
            extra = [(name, value) for name, value in _HEADERS if name not in present]
            if b"cache-control" not in present:
                extra.append((b"cache-control", b"no-store"))
            message = {**message, "headers": [*message["headers"], *extra]}
        await self._send(message)

    async def answer(self, response: ASGIApp, scope: Scope) -> None:
        """Send `response` unless another one has begun (then the connection is cut, which the client notices)."""
        if not self._started:
            self.too_large = False
            await response(scope, self._receive, self.send)


def _operation(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "name", "none"))
