"""Agents' phones by the hundred on one UDP socket: register, answer at once, hang up when told.

The instant of an INVITE is the kernel's (SO_TIMESTAMPNS): what this program is late in reading is in no figure.
"""

import asyncio
import secrets
import socket
import struct
import time
from dataclasses import dataclass, field

from telephony.phones.digest import authorization
from telephony.phones.sip_message import SipMessage, new_branch, new_tag, offer, response

_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("qq")
_HOST = "127.0.0.1"
_UNAUTHORIZED = 401
_OK = 200
_BUFFER = 4_000_000


@dataclass(slots=True)
class Offer:
    """A call that rang a phone."""

    at: float
    """When its INVITE came to the phone, in seconds of the epoch."""
    invite: SipMessage
    tag: str
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Phone:
    """One agent's phone."""

    def __init__(self, number: str, agent_id: str, secret: str) -> None:
        self.number = number
        self.agent_id = agent_id
        self.secret = secret
        self.offers: asyncio.Queue[Offer] = asyncio.Queue()
        self.registered = asyncio.Event()


class PhoneBank:
    """All phones of the measurement."""

    def __init__(self, agents: tuple[tuple[str, str, str], ...], server: tuple[str, int]) -> None:
        self.phones = {number: Phone(number, agent_id, secret) for number, agent_id, secret in agents}
        self._server = server
        self._calls: dict[str, tuple[Phone, Offer]] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._socket.bind((_HOST, 0))
        self._socket.setblocking(False)
        self._port: int = self._socket.getsockname()[1]
        # music and voices end here: nobody reads, the kernel drops, no ICMP goes back
        self._sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sink.bind((_HOST, 0))

    async def start(self) -> None:
        """Register every phone.

        Raises:
            TimeoutError: the switch does not take one.
        """
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._read)
        for phone in self.phones.values():
            self._register(phone, 1)
            async with asyncio.timeout(10):
                await phone.registered.wait()

    def close(self) -> None:
        """Leave; registrations end with their time."""
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
        self._sink.close()

    def hang_up(self, phone: Phone, call: Offer) -> float:
        """Send BYE; return when."""
        call.ended.set()
        invite = call.invite
        bye = self._request("BYE", invite.uri("contact"), invite.get("to") + f";tag={call.tag}", invite.get("from"))
        bye.headers += [("Call-ID", invite.call_id), ("CSeq", "1 BYE"), ("Contact", self._contact(phone))]
        sent = time.time()
        self._send(bye)
        return sent

    def _read(self) -> None:
        while True:
            try:
                data, ancillary, _, _ = self._socket.recvmsg(65535, 128)
            except BlockingIOError:
                return
            message = SipMessage.parse(data)
            if message is not None:
                self._take(message, _instant(ancillary))

    def _take(self, message: SipMessage, at: float) -> None:
        if message.status:
            if message.method == "REGISTER":
                self._registered(message)
        elif message.method == "INVITE":
            self._invited(message, at)
        elif message.method == "BYE":
            self._send(response(message, 200, "OK"))
            if message.call_id in self._calls:
                self._calls.pop(message.call_id)[1].ended.set()
        elif message.method != "ACK":
            self._send(response(message, 200, "OK", to_tag=new_tag()))

    def _invited(self, invite: SipMessage, at: float) -> None:
        known = self._calls.get(invite.call_id)
        if known is None:
            number = invite.start.split(" ")[1].removeprefix("sip:").partition("@")[0]
            known = self.phones[number], Offer(at, invite, new_tag())
            self._calls[invite.call_id] = known
            known[0].offers.put_nowait(known[1])
        phone, call = known
        accepted = response(invite, 200, "OK", to_tag=call.tag)
        accepted.headers += [("Contact", self._contact(phone)), ("Content-Type", "application/sdp")]
        accepted.body = offer(_HOST, self._sink.getsockname()[1])
        self._send(accepted)

    def _register(self, phone: Phone, cseq: int, challenge: str = "") -> None:
        uri = f"sip:{self._server[0]}:{self._server[1]}"
        address = f"<sip:{phone.number}@{self._server[0]}>"
        request = self._request("REGISTER", uri, f"{address};tag={new_tag()}", address)
        request.headers += [
            ("Call-ID", f"{phone.number}-{secrets.token_hex(8)}"),
            ("CSeq", f"{cseq} REGISTER"),
            ("Contact", self._contact(phone)),
            ("Expires", "3600"),
        ]
        if challenge:
            given = authorization(challenge, method="REGISTER", uri=uri, username=phone.number, password=phone.secret)
            request.headers.append(("Authorization", given))
        self._send(request)

    def _registered(self, answer: SipMessage) -> None:
        number = answer.uri("to").removeprefix("sip:").partition("@")[0]
        phone = self.phones[number]
        if answer.status == _UNAUTHORIZED and answer.cseq == 1:
            self._register(phone, 2, answer.get("www-authenticate"))
        elif answer.status == _OK:
            phone.registered.set()

    def _request(self, method: str, uri: str, sender: str, to: str) -> SipMessage:
        via = f"SIP/2.0/UDP {_HOST}:{self._port};branch={new_branch()};rport"
        headers = [("Via", via), ("Max-Forwards", "70"), ("From", sender), ("To", to)]
        return SipMessage(f"{method} {uri} SIP/2.0", headers)

    def _contact(self, phone: Phone) -> str:
        return f"<sip:{phone.number}@{_HOST}:{self._port}>"

    def _send(self, message: SipMessage) -> None:
        self._socket.sendto(message.encode(), self._server)


def _instant(ancillary: list[tuple[int, int, bytes]]) -> float:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = _TIMESPEC.unpack(data[: _TIMESPEC.size])
            return float(seconds) + float(nanoseconds) / 1e9
    return time.time()
