"""`CitizenPhone`: a pyVoIP phone with its faults cured (`facts/telephony.md`), as probe and as the demo's citizen."""

import asyncio
import socket
import struct
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import pyVoIP.VoIP.VoIP  # first: pyVoIP.SIP and pyVoIP.VoIP import each other, and only this order works
from pyVoIP import SIP
from pyVoIP.RTP import PayloadType, TransmitType
from pyVoIP.VoIP.status import PhoneStatus
from pyVoIP.VoIP.VoIP import CallState, VoIPCall, VoIPPhone

from core.errors import PartUnavailable
from telephony.phones.g711 import Pcm
from telephony.phones.pyvoip_rtp import CuredRtpClient
from telephony.phones.sip_message import SipMessage, new_tag, response
from telephony.phones.sound import read_wav

_POLL = 0.02
_EVENTS = 101
_ANSWER_SECONDS = 5
_FIRST_REFUSAL = 400
_ASKS_WHO = frozenset({401, 407})
_ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS"

if "OPTIONS" not in pyVoIP.SIPCompatibleMethods:
    pyVoIP.SIPCompatibleMethods.append("OPTIONS")  # else its parser drops the request


class DialRefusedError(TimeoutError):
    """The other side refused; `status` is its SIP status (RFC 3261 section 21)."""

    def __init__(self, status: int) -> None:
        super().__init__(f"refused with {status}")
        self.status = status


class _CuredSip(SIP.SIPClient):
    """pyVoIP's signalling: right To tag in ACK, unique Call-ID, CANCEL and refusals end a call, OPTIONS is answered."""

    headers: Mapping[str, str] = {}
    """Sent with the next INVITE."""

    def start(self) -> None:
        """Register; a wait for an answer to INVITE then ends after 5 s (pyVoIP waits for ever in an endless thread)."""
        super().start()
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", _ANSWER_SECONDS, 0))

    def gen_call_id(self) -> str:
        """Return an id that is new also after a restart (pyVoIP counts from 1 again)."""
        return f"{uuid4().hex}@{self.myIP}"

    def gen_invite(self, *values: Any, **named: Any) -> str:
        """Return the INVITE with our own headers in it."""
        lines = "".join(f"\r\n{name}: {text}" for name, text in self.headers.items())
        text: str = super().gen_invite(*values, **named)
        return text.replace("\r\nMax-Forwards: 70", f"\r\nMax-Forwards: 70{lines}", 1)

    def gen_ack(self, request: Any) -> str:
        """Return an ACK with the To tag of the answer; with pyVoIP's random one Asterisk ends the call after 31 s."""
        wrong: str = super().gen_ack(request)
        tag = request.headers["To"]["tag"]
        if not tag:
            return wrong
        lines = [
            line.rpartition(";tag=")[0] + f";tag={tag}" if line.startswith("To:") else line
            for line in wrong.split("\r\n")
        ]
        return "\r\n".join(lines)

    def parse_message(self, message: Any) -> None:
        """Handle a message, OPTIONS and CANCEL too."""
        if self._refused(message):
            return
        method = getattr(message, "method", "")
        request = SipMessage.parse(message.raw)
        if request is None or method not in {"OPTIONS", "CANCEL"}:
            super().parse_message(message)
            return
        answer = response(request, 200, "OK", to_tag=new_tag())
        answer.headers.append(("Allow", _ALLOW))
        self._reply(answer)
        call = self.phone.calls.get(request.call_id)
        if method == "CANCEL" and isinstance(call, _CuredCall) and call.state == CallState.RINGING:
            call.give_up()
            invite = SipMessage.parse(call.request.raw)
            if invite is not None:
                tag = self.tagLibrary.get(request.call_id, new_tag())
                self._reply(response(invite, 487, "Request Terminated", to_tag=tag))

    def _refused(self, message: Any) -> bool:
        """End a call that is refused; pyVoIP knows two of the reasons only and waits for ever at the others."""
        if message.type != SIP.SIPMessageType.RESPONSE:
            return False
        status = int(message.status)
        call = self.phone.calls.get(message.headers.get("Call-ID", ""))
        if not isinstance(call, _CuredCall) or call.state != CallState.DIALING:
            return False
        if status < _FIRST_REFUSAL or status in _ASKS_WHO:
            return False
        self.out.sendto(self.gen_ack(message).encode(), (self.server, self.port))
        call.refused = status
        call.give_up()
        return True

    def _reply(self, answer: SipMessage) -> None:
        self.out.sendto(answer.encode(), (self.server, self.port))


class _CuredCall(VoIPCall):
    """pyVoIP's call with the cured RTP client."""

    RTPClients: list[CuredRtpClient]  # type: ignore[assignment]
    refused = 0
    """SIP status with which the other side refused; 0: it did not."""

    def create_rtp_clients(self, codecs: Any, ip: str, port: int, request: Any, baseport: int) -> None:
        """Make one client for each connection the other side's SDP names."""
        for number, connection in enumerate(request.body["c"]):
            self.RTPClients.append(
                CuredRtpClient(
                    codecs, ip, port, connection["address"], baseport + number, self.sendmode, dtmf=self.dtmf_callback
                )
            )

    def give_up(self) -> None:
        """The other side took its offer back."""
        self.state = CallState.ENDED
        self.phone.calls.pop(self.call_id, None)

    def play(self, samples: Pcm) -> None:
        """Append 8 kHz samples to what is sent."""
        for client in self.RTPClients:
            client.play(samples)

    @property
    def playing(self) -> bool:
        """True while something given to `play` was not sent yet."""
        return any(client.playing for client in self.RTPClients)

    def heard(self) -> Pcm:
        """Everything heard so far, 8 kHz."""
        return self.RTPClients[0].heard()


class _CuredPhone(VoIPPhone):
    """pyVoIP's phone made of the cured parts."""

    def __init__(self, server: str, port: int, username: str, password: str, **named: Any) -> None:
        super().__init__(server, port, username, password, **named)
        self.sip: _CuredSip = _CuredSip(
            server,
            port,
            username,
            password,
            phone=self,
            myIP=self.myIP,
            myPort=named["sipPort"],
            callCallback=self.callback,
            fatalCallback=self.fatal,
        )

    def call(self, number: str) -> Any:
        """Dial, offering A-law."""
        port = self.request_port()
        # pyVoIP's own annotations of this mapping contradict each other
        media: Any = {port: {int(PayloadType.PCMA): PayloadType.PCMA, _EVENTS: PayloadType.EVENT}}
        request, call_id, session = self.sip.invite(number, media, TransmitType.SENDRECV)
        call = _CuredCall(self, CallState.DIALING, request, session, self.myIP, ms=media, sendmode=self.sendmode)
        self.calls[call_id] = call
        return call

    def _create_Call(self, request: Any, sess_id: int) -> None:  # noqa: N802 - pyVoIP's own hook
        self.calls[request.headers["Call-ID"]] = _CuredCall(
            self, CallState.RINGING, request, sess_id, self.myIP, sendmode=self.recvmode
        )


def _still_ringing(call: Any, on_call: Callable[[Any], None]) -> None:
    """PyVoIP tells of an offer a second late: by then it may have been taken back."""
    if call.state == CallState.RINGING:
        on_call(call)


class CitizenPhone:
    """A registered pyVoIP phone for one call at a time; usable from asyncio (pyVoIP works in threads).

    Args:
        number: account; `server`: host and port of the switch; `password`: of the account.
        sip_port, rtp_ports: free ports on `host` (pyVoIP cannot choose them itself).
        on_call: called in a thread with each offered call (`answer()`, `deny()`).
    """

    def __init__(
        self,
        number: str,
        server: tuple[str, int],
        *,
        password: str,
        sip_port: int,
        rtp_ports: tuple[int, int],
        host: str = "127.0.0.1",
        on_call: Callable[[Any], None] | None = None,
    ) -> None:
        self.number = number
        self._phone = _CuredPhone(
            server[0],
            server[1],
            number,
            password,
            myIP=host,
            sipPort=sip_port,
            rtpPortLow=rtp_ports[0],
            rtpPortHigh=rtp_ports[1],
            callCallback=None if on_call is None else lambda call: _still_ringing(call, on_call),
        )
        self._call: Any = None

    async def __aenter__(self) -> Self:
        """Register.

        Raises:
            PartUnavailable: the switch refused, or did not answer in 10 s.
        """
        await asyncio.to_thread(self._phone.start)
        settled = {PhoneStatus.REGISTERED, PhoneStatus.FAILED}
        with suppress(TimeoutError):
            await self._wait(lambda: self._phone.get_status() in settled, 10.0)
        if self._phone.get_status() != PhoneStatus.REGISTERED:
            await asyncio.to_thread(self._phone.stop)
            raise PartUnavailable(
                "phone", f"话机 {self.number} 注册失败", remedy="检查 Asterisk 是否运行、话机密码是否正确"
            )
        return self

    async def __aexit__(self, *error: object) -> None:
        """Hang up and unregister."""
        await self.hang_up()
        await asyncio.to_thread(self._phone.stop)

    async def dial(self, number: str, *, within: float = 10.0, headers: Mapping[str, str] | None = None) -> None:
        """Dial and return when the call is answered.

        Raises:
            DialRefusedError: the other side refused.
            TimeoutError: it was not answered `within` seconds.
        """
        self._phone.sip.headers = headers or {}
        try:
            self._call = await asyncio.to_thread(self._phone.call, number)
        except BlockingIOError as error:
            raise TimeoutError(f"the switch did not answer INVITE within {_ANSWER_SECONDS} s") from error
        await self._wait(lambda: self._call.state != CallState.DIALING, within)
        if self._call.refused:
            raise DialRefusedError(self._call.refused)

    async def say(self, wav: Path) -> None:
        """Play a wav file into the call; return when it was sent."""
        self._call.play(await asyncio.to_thread(read_wav, wav))
        await self._wait(lambda: not self._call.playing or self._call.state != CallState.ANSWERED, 3600.0)

    def heard(self) -> Pcm:
        """Everything heard in the call so far, 8 kHz."""
        heard: Pcm = self._call.heard()
        return heard

    @property
    def in_call(self) -> bool:
        """True while the call is answered and not over."""
        return self._call is not None and self._call.state == CallState.ANSWERED

    async def wait_ended(self, *, within: float) -> None:
        """Return when the other side has hung up.

        Raises:
            TimeoutError: it had not `within` seconds.
        """
        await self._wait(lambda: not self.in_call, within)

    async def hang_up(self) -> None:
        """End the call if there is one."""
        if self.in_call:
            await asyncio.to_thread(self._call.hangup)

    @staticmethod
    async def _wait(reached: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not reached():
            if time.monotonic() > end:
                raise TimeoutError
            await asyncio.sleep(_POLL)
