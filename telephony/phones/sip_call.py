"""One call of the user agent: its dialog (RFC 3261 section 12), its state, its audio."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from telephony.phones.rtp import RtpStream
from telephony.phones.sip_message import SipMessage, media_of, new_branch, new_tag, offer, response

if TYPE_CHECKING:
    from telephony.phones.user_agent import UserAgent


class CallState(StrEnum):
    """States of a call as the phone sees it."""

    CALLING = "calling"
    """We sent INVITE."""
    OFFERED = "offered"
    """We got INVITE; 180 Ringing was sent."""
    ANSWERED = "answered"
    ENDED = "ended"


PHRASES = {
    480: "Temporarily Unavailable",
    486: "Busy Here",
    487: "Request Terminated",
    603: "Decline",
    404: "Not Found",
}


class SipCall:
    """A call made or received by a `UserAgent`.

    Attributes:
        media: the audio; `play`, `press`, `heard`, `wait_tone`.
        final_status: SIP status that ended the call before it was answered; 0 while there is none.
        remote_headers: headers of the INVITE that was received (empty for calls we made).
    """

    def __init__(self, agent: "UserAgent", call_id: str, *, incoming: bool) -> None:
        self.call_id = call_id
        self.incoming = incoming
        self.media = RtpStream()
        self.state = CallState.OFFERED if incoming else CallState.CALLING
        self.final_status = 0
        self.rang = asyncio.Event()
        self.local_tag = new_tag()
        self.remote_tag = ""
        self.local_uri = ""
        self.remote_uri = ""
        self.target = ""
        """Contact of the other side: where requests inside the dialog go."""
        self.headers: tuple[tuple[str, str], ...] = ()
        """More headers of the INVITE that we send."""
        self.cseq = 1
        self.invite = SipMessage("")
        self.port = 0
        self.given_up = False
        """We sent CANCEL; an answer that crosses it is followed by BYE."""
        self.on_ended: Callable[[], None] | None = None
        self._agent = agent
        self._changed = asyncio.Condition()

    @property
    def remote_headers(self) -> dict[str, str]:
        """Headers of the received INVITE, by lower-case name."""
        return {name.lower(): value for name, value in self.invite.headers} if self.incoming else {}

    async def answer(self) -> None:
        """Accept an offered call (200 OK) and begin to send audio; does nothing unless the call is offered."""
        media = media_of(self.invite.body)
        if self.state is not CallState.OFFERED or media is None:
            return
        accepted = response(self.invite, 200, "OK", to_tag=self.local_tag)
        accepted.headers += [("Contact", self._agent.contact), ("Content-Type", "application/sdp")]
        accepted.body = offer(self._agent.host, self.port)
        self._agent.respond(self.invite, accepted, until_ack=True)
        self.media.connect(media)
        await self.change(CallState.ANSWERED)

    async def reject(self, status: int) -> None:
        """Refuse an offered call with a final status (486 busy, 603 decline, 480 …)."""
        if self.state is CallState.OFFERED:
            phrase = PHRASES.get(status, "Refused")
            self._agent.respond(
                self.invite, response(self.invite, status, phrase, to_tag=self.local_tag), until_ack=True
            )
            self.final_status = status
            await self.change(CallState.ENDED)

    async def hang_up(self) -> None:
        """End the call whatever its state: BYE, CANCEL, or 603 for one that is offered."""
        if self.state is CallState.ANSWERED:
            await self.change(CallState.ENDED)
            self._agent.send_request(self.request("BYE"))
        elif self.state is CallState.OFFERED:
            await self.reject(603)
        elif self.state is CallState.CALLING:
            self.given_up = True
            self._agent.send_request(self._cancel())

    async def wait_state(self, state: CallState, *, within: float = 10.0) -> None:
        """Return once the call is in `state`.

        Raises:
            TimeoutError: it was not `within` seconds, or the call ended before.
        """

        def reached() -> bool:
            return self.state in {state, CallState.ENDED}

        async with self._changed:
            async with asyncio.timeout(within):
                await self._changed.wait_for(reached)
        if self.state is not state:
            raise TimeoutError(f"call ended (status {self.final_status}) before it was {state}")

    async def wait_settled(self) -> None:
        """Return once the call is answered or over, whoever did it."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.state in {CallState.ANSWERED, CallState.ENDED})

    async def change(self, state: CallState) -> None:
        """Enter a state; used by the user agent."""
        if self.state is CallState.ENDED:
            return
        self.state = state
        if state is CallState.ENDED:
            await self.media.close()
            if self.on_ended is not None:
                self.on_ended()
        async with self._changed:
            self._changed.notify_all()

    def request(self, method: str, *, cseq: int | None = None) -> SipMessage:
        """Build a request inside the dialog."""
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        headers = [
            ("Via", self._agent.via(new_branch())),
            ("Max-Forwards", "70"),
            ("From", f"<{self.local_uri}>;tag={self.local_tag}"),
            ("To", f"<{self.remote_uri}>" + (f";tag={self.remote_tag}" if self.remote_tag else "")),
            ("Call-ID", self.call_id),
            ("CSeq", f"{cseq} {method}"),
            ("Contact", self._agent.contact),
        ]
        return SipMessage(f"{method} {self.target or self.remote_uri} SIP/2.0", headers)

    def _cancel(self) -> SipMessage:
        """CANCEL carries the branch, target and CSeq number of the INVITE (RFC 3261 section 9.1)."""
        kept = [
            (name, value)
            for name, value in self.invite.headers
            if name in {"Via", "Max-Forwards", "From", "To", "Call-ID"}
        ]
        return SipMessage(
            self.invite.start.replace("INVITE", "CANCEL", 1), [*kept, ("CSeq", f"{self.invite.cseq} CANCEL")]
        )
