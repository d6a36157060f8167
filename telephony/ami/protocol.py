"""panoramisk's AMI protocol and actions with their faults cured (`facts/telephony.md`)."""

import codecs
from collections import deque
from collections.abc import Callable
from typing import Any

import structlog
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol

from telephony.ami.message import AmiMessage

log = structlog.get_logger(__name__)

_END_OF_MESSAGE = "\r\n\r\n"


class LinkLost(ConnectionError):  # noqa: N818 - the family's naming
    """The connection ended before the answer came; whether Asterisk acted is unknown. Never re-sent."""


class PlainAction(Action):  # type: ignore[misc]
    """An action that is answered by exactly one response.

    panoramisk guesses from the words of the answer whether more will follow, and crashes in the guess.
    """

    def add_message(self, message: AmiMessage) -> bool:
        """Take a message with this action's id; return True when the action is finished."""
        if not message.is_response:
            return False
        if not self.future.done():
            self.future.set_result([message])
        return True


class ListAction(Action):  # type: ignore[misc]
    """An action that is answered by a list of events; an error resolves it at once (with panoramisk it never does)."""

    def add_message(self, message: AmiMessage) -> bool:
        """Take a message with this action's id; return True when the action is finished."""
        self.responses.append(message)
        refused = len(self.responses) == 1 and message.get("response") == "Error"
        ended = message.get("eventlist").lower() in {"complete", "cancelled"} or message.name.endswith("Complete")
        if not (refused or ended):
            return False
        if not self.future.done():
            self.future.set_result(self.responses)
        return True


class HardenedProtocol(AMIProtocol):  # type: ignore[misc]
    """One AMI connection. Acts as its own panoramisk factory: nothing is queued for re-sending after a reconnect.

    Args:
        on_event: called in order for every event; an exception in it is logged and the connection stays.
        on_lost: called once when the connection has ended.
    """

    encoding = "utf8"
    forgetable_actions: tuple[str, ...] = ()

    def __init__(self, on_event: Callable[[AmiMessage], None], on_lost: Callable[[], None]) -> None:
        self._on_event = on_event
        self._on_lost = on_lost
        self._rest = ""
        self._decoder = codecs.getincrementaldecoder("utf8")("replace")
        self.awaiting_actions: deque[Any] = deque()
        self.save_stream = None
        self._ended = False

    def connection_made(self, transport: Any) -> None:
        """Start the connection."""
        super().connection_made(transport)
        self.factory = self

    def data_received(self, data: bytes) -> None:
        """Decode whole characters only, read whole messages only: the rest is kept for the next call.

        panoramisk's own reading costs 0.1 ms an event (three lookups a header), ten times what `AmiMessage` takes.
        """
        *messages, self._rest = (self._rest + self._decoder.decode(data)).split(_END_OF_MESSAGE)
        for text in messages:
            self.handle_message(AmiMessage.parse(text))

    def handle_message(self, message: AmiMessage) -> None:
        """Give one message to its action or to the event callback; no exception may end the connection."""
        try:
            self._handle(message)
        except Exception:
            log.exception("ami_message_failed", event_name=message.name)

    def _handle(self, message: AmiMessage) -> None:
        action = self.responses.get(message.get("actionid"))
        if action is not None:
            if action.add_message(message):
                self.forget(action)
        elif message.is_event:
            if message.name == "Shutdown":
                self.connection_lost(None)
            self._on_event(message)

    def forget(self, action: Any) -> None:
        """Drop an action that nobody waits for any more."""
        self.responses.pop(action.id, None)

    def connection_lost(self, exc: Any) -> None:
        """Fail what waits for an answer, then tell the link (also called by panoramisk for a Shutdown event)."""
        del exc
        if not self._ended:
            self._ended = True
            self.close()
            self._on_lost()

    def close(self) -> None:
        """Close the connection; waiting actions fail with `LinkLost` instead of being kept for re-sending."""
        waiting = list(self.responses.values())
        self.responses.clear()
        for action in waiting:
            if not action.future.done():
                action.future.set_exception(LinkLost("AMI connection closed"))
                action.future.exception()  # mark as seen: the waiter may be gone
        super().close()

    def abort(self) -> None:
        """Cut the connection at once, without waiting for the peer (half-open links)."""
        self.transport.abort()
