"""SIP messages as text (RFC 3261 section 7) and the little SDP a G.711 phone needs (RFC 8866)."""

import re
import secrets
from dataclasses import dataclass, field

_COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
    "c": "content-type",
}
_TAG = re.compile(r";\s*tag=([^;\s>]+)", re.IGNORECASE)
_URI = re.compile(r"<([^>]+)>|(sips?:[^;\s]+)")

ALAW = 8
ULAW = 0
DTMF = 101
"""RTP payload types (RFC 3551 table 4; 101 is the custom for RFC 4733 telephone events)."""


@dataclass(slots=True)
class SipMessage:
    """A request or a response."""

    start: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""

    @classmethod
    def parse(cls, data: bytes) -> "SipMessage | None":
        """Read a datagram; None when it is no SIP message (keep-alives, noise)."""
        head, _, body = data.decode("utf8", "replace").partition("\r\n\r\n")
        lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
        if "SIP/2.0" not in lines[0]:
            return None
        headers = [
            (name.strip(), value.strip()) for name, colon, value in (x.partition(":") for x in lines[1:]) if colon
        ]
        return cls(lines[0], headers, body)

    @property
    def status(self) -> int:
        """Status code of a response; 0 for a request."""
        return int(self.start.split(" ", 2)[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """Method of a request, or of the request that a response answers."""
        return self.get("cseq").split()[-1] if self.status else self.start.split(" ", 1)[0]

    @property
    def cseq(self) -> int:
        """Sequence number of the request."""
        return int(self.get("cseq").split()[0])

    @property
    def call_id(self) -> str:
        """Call-ID header."""
        return self.get("call-id")

    @property
    def branch(self) -> str:
        """Branch of the topmost Via: the transaction's name."""
        found = re.search(r"branch=([^;\s]+)", self.get("via"))
        return found.group(1) if found else ""

    def get(self, name: str) -> str:
        """Return the first value of a header (lower-case name), or the empty string."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> list[str]:
        """Return every value of a header (lower-case name)."""
        return [value for key, value in self.headers if _COMPACT.get(key.lower(), key.lower()) == name]

    def tag(self, name: str) -> str:
        """Return the tag of a From or To header, or the empty string."""
        found = _TAG.search(self.get(name))
        return found.group(1) if found else ""

    def uri(self, name: str) -> str:
        """Return the URI in a From, To or Contact header, or the empty string."""
        found = _URI.search(self.get(name))
        return (found.group(1) or found.group(2)) if found else ""

    def encode(self) -> bytes:
        """Return the datagram, with Content-Length."""
        body = self.body.encode()
        lines = [self.start, *(f"{name}: {value}" for name, value in self.headers), f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body


def new_branch() -> str:
    """Return a fresh branch (RFC 3261 section 8.1.1.7)."""
    return "z9hG4bK" + secrets.token_hex(8)


def new_tag() -> str:
    """Return a fresh From or To tag."""
    return secrets.token_hex(6)


def response(request: SipMessage, status: int, phrase: str, *, to_tag: str = "") -> SipMessage:
    """Return a response with the headers that must be copied (RFC 3261 section 8.2.6)."""
    to = request.get("to")
    if to_tag and not request.tag("to"):
        to = f"{to};tag={to_tag}"
    headers = [("Via", via) for via in request.all("via")]
    headers += [("From", request.get("from")), ("To", to)]
    headers += [("Call-ID", request.call_id), ("CSeq", request.get("cseq"))]
    return SipMessage(f"SIP/2.0 {status} {phrase}", headers)


def offer(host: str, port: int) -> str:
    """Return an SDP body: A-law first, mu-law, telephone events, 20 ms packets."""
    lines = [
        "v=0",
        f"o=- {secrets.randbelow(2**31)} 1 IN IP4 {host}",
        "s=-",
        f"c=IN IP4 {host}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {ALAW} {ULAW} {DTMF}",
        f"a=rtpmap:{ALAW} PCMA/8000",
        f"a=rtpmap:{ULAW} PCMU/8000",
        f"a=rtpmap:{DTMF} telephone-event/8000",
        f"a=fmtp:{DTMF} 0-16",
        "a=ptime:20",
        "a=sendrecv",
        "",
    ]
    return "\r\n".join(lines)


@dataclass(frozen=True, slots=True)
class Media:
    """Where the other side wants its audio, and in which payload type."""

    host: str
    port: int
    payload: int
    dtmf: int | None


def media_of(body: str) -> Media | None:
    """Read host, port and the first G.711 payload type of an SDP body; None when there is no usable audio."""
    host = re.search(r"^c=IN IP4 (\S+)", body, re.MULTILINE)
    audio = re.search(r"^m=audio (\d+) RTP/AVP ([\d ]+)", body, re.MULTILINE)
    if host is None or audio is None:
        return None
    payload = next((int(code) for code in audio.group(2).split() if int(code) in {ALAW, ULAW}), None)
    if payload is None:
        return None
    events = re.search(r"^a=rtpmap:(\d+) telephone-event/8000", body, re.MULTILINE)
    return Media(host.group(1), int(audio.group(1)), payload, int(events.group(1)) if events else None)
