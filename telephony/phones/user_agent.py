"""A small SIP user agent over UDP (a subset of RFC 3261): what a functional test and the demo's agent phone need."""

import asyncio
import secrets
from collections.abc import Callable, Sequence

import structlog

from core.errors import PartUnavailable
from telephony.phones.digest import authorization
from telephony.phones.sip_call import CallState, SipCall
from telephony.phones.sip_message import SipMessage, media_of, new_branch, new_tag, offer, response
from telephony.phones.sip_transactions import SipTransactions

log = structlog.get_logger(__name__)

_ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS"
_TRYING = 100
_REFUSED = 300
_CHALLENGES = {401: ("www-authenticate", "Authorization"), 407: ("proxy-authenticate", "Proxy-Authorization")}


class UserAgent(SipTransactions):
    """A phone: registers, calls and is called.

    Args:
        number: user part of its address; also its name for authentication.
        server: host and port of the switch.
        password: secret for digest authentication; empty for a caller that does not register.
        on_call: called with each offered call (after 180 was sent); default: it rings until somebody acts.
    """

    def __init__(
        self,
        number: str,
        server: tuple[str, int],
        *,
        password: str = "",
        host: str = "127.0.0.1",
        on_call: Callable[[SipCall], None] | None = None,
    ) -> None:
        super().__init__(number, server, host)
        self.calls: dict[str, SipCall] = {}
        self.on_call = on_call
        self._password = password
        self._register_id = secrets.token_hex(12)
        self._register_seq = 0
        self._refresher: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """End every call and release the port."""
        if self._refresher is not None:
            self._refresher.cancel()
        for call in list(self.calls.values()):
            await call.hang_up()
        await asyncio.sleep(0)
        for call in list(self.calls.values()):
            await call.change(CallState.ENDED)
        self.stop()

    async def register(self, *, seconds: int = 300) -> None:
        """Register, and refresh before half of the time is over.

        Raises:
            PartUnavailable: the switch refused, or did not answer.
        """
        await self._register(seconds)
        if self._refresher is None:
            self._refresher = asyncio.create_task(self._refresh(seconds), name=f"register-{self.number}")

    async def unregister(self) -> None:
        """Take the registration back."""
        if self._refresher is not None:
            self._refresher.cancel()
            self._refresher = None
        await self._register(0)

    async def dial(self, number: str, *, display: str = "", headers: Sequence[tuple[str, str]] = ()) -> SipCall:
        """Send INVITE for `number` and return the call at once; `wait_state(ANSWERED)` tells when it is answered.

        Args:
            number: whom to dial.
            display: our own name.
            headers: more headers of the INVITE, as a carrier or a partner adds them (Diversion, X-Call-Id …).
        """
        call = SipCall(self, secrets.token_hex(12), incoming=False)
        call.port = await call.media.open(self.host)
        call.local_uri = f"sip:{self.number}@{self.host}"
        call.remote_uri = call.target = f"sip:{number}@{self._server[0]}:{self._server[1]}"
        self.calls[call.call_id] = call
        call.headers = tuple(headers)
        self.spawn(self._invite(call, self._invite_request(call, display), display))
        return call

    async def _authorized(self, request: SipMessage, again: Callable[[], SipMessage]) -> SipMessage | None:
        """Deliver a request; when challenged, once more with credentials."""
        answer = await self.deliver(request)
        if answer is None or answer.status not in _CHALLENGES or not self._password:
            return answer
        if request.method == "INVITE":
            self._acknowledge(self.calls[request.call_id], answer)
        asked, given = _CHALLENGES[answer.status]
        second = again()
        uri = second.start.split(" ")[1]
        value = authorization(
            answer.get(asked), method=second.method, uri=uri, username=self.number, password=self._password
        )
        second.headers.append((given, value))
        return await self.deliver(second)

    async def _register(self, seconds: int) -> None:
        answer = await self._authorized(self._register_request(seconds), lambda: self._register_request(seconds))
        if answer is None or answer.status >= _REFUSED:
            problem = "没有应答" if answer is None else f"被拒绝({answer.status})"
            raise PartUnavailable(
                "phone", f"话机 {self.number} 注册{problem}", remedy="检查 Asterisk 是否运行、话机密码是否正确"
            )

    async def _refresh(self, seconds: int) -> None:
        while True:
            await asyncio.sleep(seconds / 2)
            try:
                await self._register(seconds)
            except PartUnavailable as error:
                log.warning("phone_registration_failed", number=self.number, problem=error.problem)

    def _register_request(self, seconds: int) -> SipMessage:
        self._register_seq += 1
        address = f"sip:{self.number}@{self._server[0]}"
        headers = [
            ("Via", self.via(new_branch())),
            ("Max-Forwards", "70"),
            ("From", f"<{address}>;tag={new_tag()}"),
            ("To", f"<{address}>"),
            ("Call-ID", self._register_id),
            ("CSeq", f"{self._register_seq} REGISTER"),
            ("Contact", self.contact),
            ("Expires", str(seconds)),
        ]
        return SipMessage(f"REGISTER sip:{self._server[0]}:{self._server[1]} SIP/2.0", headers)

    def _invite_request(self, call: SipCall, display: str) -> SipMessage:
        call.cseq += 1
        invite = call.request("INVITE", cseq=call.cseq)
        name = f'"{display}" ' if display else ""
        invite.headers[2] = ("From", f"{name}<{call.local_uri}>;tag={call.local_tag}")
        invite.headers += [("Allow", _ALLOW), ("Content-Type", "application/sdp"), *call.headers]
        invite.body = offer(self.host, call.port)
        call.invite = invite
        return invite

    async def _invite(self, call: SipCall, invite: SipMessage, display: str) -> None:
        answer = await self._authorized(invite, lambda: self._invite_request(call, display))
        if answer is None:
            call.final_status = 408
            await call.change(CallState.ENDED)
            return
        call.remote_tag = answer.tag("to")
        call.target = answer.uri("contact") or call.target
        self._acknowledge(call, answer)
        media = media_of(answer.body)
        if answer.status >= _REFUSED or media is None:
            call.final_status = answer.status
            await call.change(CallState.ENDED)
            return
        call.media.connect(media)
        await call.change(CallState.ANSWERED)
        if call.given_up:
            await call.hang_up()

    def _acknowledge(self, call: SipCall, answer: SipMessage) -> None:
        """ACK with the To tag of the answer; for a refusal in the INVITE's own transaction (17.1.1.3)."""
        ack = call.request("ACK", cseq=answer.cseq)
        ack.headers[3] = ("To", answer.get("to"))
        if answer.status >= _REFUSED:
            ack.headers[0] = ("Via", self.via(answer.branch))
            ack.start = call.invite.start.replace("INVITE", "ACK", 1)
        self.send(ack)

    def take_progress(self, message: SipMessage) -> None:
        """The far phone rings."""
        call = self.calls.get(message.call_id)
        if call is not None and message.status > _TRYING:
            call.rang.set()

    def take_repeated_answer(self, message: SipMessage) -> None:
        """The switch repeats its answer to INVITE: our ACK was lost."""
        call = self.calls.get(message.call_id)
        if message.method == "INVITE" and call is not None:
            self._acknowledge(call, message)

    async def take_request(self, request: SipMessage) -> None:
        """Act on a request: calls, their ends, OPTIONS."""
        call = self.calls.get(request.call_id)
        if request.method == "INVITE" and call is None:
            await self._take_invite(request)
        elif request.method == "OPTIONS":
            allowed = response(request, 200, "OK", to_tag=new_tag())
            allowed.headers += [("Allow", _ALLOW), ("Accept", "application/sdp")]
            self.respond(request, allowed)
        elif call is None:
            self.respond(request, response(request, 481, "Call/Transaction Does Not Exist", to_tag=new_tag()))
        else:
            await self._take_in_dialog(call, request)

    async def _take_in_dialog(self, call: SipCall, request: SipMessage) -> None:
        if request.method == "BYE":
            self.respond(request, response(request, 200, "OK"))
            await call.change(CallState.ENDED)
        elif request.method == "CANCEL":
            self.respond(request, response(request, 200, "OK", to_tag=call.local_tag))
            if call.state is CallState.OFFERED:
                terminated = response(call.invite, 487, "Request Terminated", to_tag=call.local_tag)
                self.respond(call.invite, terminated, until_ack=True)
                call.final_status = 487
                await call.change(CallState.ENDED)
        elif request.method == "INVITE":
            self._take_new_offer(call, request)
        else:
            self.respond(request, response(request, 405, "Method Not Allowed"))

    def _take_new_offer(self, call: SipCall, request: SipMessage) -> None:
        """A re-INVITE inside the talk: follow the media, answer with ours."""
        media = media_of(request.body)
        accepted = response(request, 200, "OK", to_tag=call.local_tag)
        accepted.headers += [("Contact", self.contact), ("Content-Type", "application/sdp")]
        accepted.body = offer(self.host, call.port)
        if media is not None:
            call.media.connect(media)
        self.respond(request, accepted, until_ack=True)

    async def _take_invite(self, request: SipMessage) -> None:
        call = SipCall(self, request.call_id, incoming=True)
        self.calls[call.call_id] = call
        call.invite = request
        call.local_uri, call.remote_uri = request.uri("to"), request.uri("from")
        call.remote_tag, call.target = request.tag("from"), request.uri("contact")
        call.port = await call.media.open(self.host)
        ringing = response(request, 180, "Ringing", to_tag=call.local_tag)
        ringing.headers.append(("Contact", self.contact))
        self.respond(request, ringing)
        if self.on_call is not None:
            self.on_call(call)
