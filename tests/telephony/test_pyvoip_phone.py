"""pyVoIP's faults, each against a scripted registrar that says exactly what provokes it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.errors import PartUnavailable
from telephony.phones.g711 import alaw_to_pcm
from telephony.phones.pyvoip_phone import CitizenPhone
from telephony.phones.sip_message import SipMessage, offer, response
from telephony.phones.sound import has_tone, tone, write_wav

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pyVoIP imports audioop


class Registrar(asyncio.DatagramProtocol):
    """The other side of the phone: registers it (or not), keeps what it sends."""

    def __init__(self) -> None:
        self.register_status = 200
        self.inbox: asyncio.Queue[SipMessage] = asyncio.Queue()
        self.phone = ("127.0.0.1", 0)
        self._transport: asyncio.DatagramTransport | None = None

    async def start(self) -> int:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        return int(self._transport.get_extra_info("sockname")[1])

    def stop(self) -> None:
        assert self._transport is not None
        self._transport.close()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        message = SipMessage.parse(data)
        assert message is not None
        self.phone = addr
        if message.method == "REGISTER":
            self.send(response(message, self.register_status, "as told", to_tag="registrar"))
        else:
            self.inbox.put_nowait(message)

    def send(self, message: SipMessage) -> None:
        assert self._transport is not None
        self._transport.sendto(message.encode(), self.phone)

    async def next(self, *, method: str = "", status: int = 0) -> SipMessage:
        async with asyncio.timeout(5):
            while True:
                message = await self.inbox.get()
                if message.status == status and (not method or message.method == method):
                    return message


def udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def citizen(port: int, on_call: Any = None) -> CitizenPhone:
    rtp = udp_port()
    return CitizenPhone(
        "9001", ("127.0.0.1", port), password="secret", sip_port=udp_port(), rtp_ports=(rtp, rtp), on_call=on_call
    )


@pytest.fixture
async def registrar() -> AsyncIterator[tuple[Registrar, int]]:
    started = Registrar()
    port = await started.start()
    yield started, port
    started.stop()


def answer_to(invite: SipMessage, tag: str, port: int) -> SipMessage:
    accepted = response(invite, 200, "OK", to_tag=tag)
    accepted.headers += [("Contact", f"<sip:12345@127.0.0.1:{port}>"), ("Content-Type", "application/sdp")]
    accepted.body = offer("127.0.0.1", udp_port())
    return accepted


async def dialled(registrar: Registrar, phone: CitizenPhone, port: int) -> tuple[SipMessage, SipMessage]:
    """Let the phone dial; return its INVITE and its ACK."""
    dialling = asyncio.create_task(phone.dial("12345"))
    invite = await registrar.next(method="INVITE")
    registrar.send(response(invite, 100, "Trying"))
    await asyncio.sleep(0.1)  # pyVoIP enters the call only after it has seen the 100
    registrar.send(answer_to(invite, "the-tag-of-the-answer", port))
    ack = await registrar.next(method="ACK")
    await dialling
    return invite, ack


async def test_the_ack_carries_the_to_tag_of_the_answer(registrar: tuple[Registrar, int]) -> None:
    other, port = registrar
    async with citizen(port) as phone:
        _, ack = await dialled(other, phone, port)
        assert ack.tag("to") == "the-tag-of-the-answer"
        assert phone.in_call


async def test_the_call_id_is_new_after_a_restart(registrar: tuple[Registrar, int]) -> None:
    other, port = registrar
    seen = set()
    for _ in range(2):
        async with citizen(port) as phone:
            invite, _ = await dialled(other, phone, port)
            seen.add(invite.call_id)
    assert len(seen) == 2


async def test_a_cancelled_offer_stops_ringing_and_is_confirmed(registrar: tuple[Registrar, int]) -> None:
    other, port = registrar
    async with citizen(port, on_call=lambda call: None) as phone:
        invite = _request("INVITE", port, other)
        invite.headers += [("Content-Type", "application/sdp")]
        invite.body = offer("127.0.0.1", udp_port())
        other.send(invite)
        await other.next(status=180)
        cancel = _request("CANCEL", port, other)
        other.send(cancel)
        assert (await other.next(method="CANCEL", status=200)).call_id == cancel.call_id
        terminated = await other.next(status=487)
        assert (terminated.method, terminated.branch) == ("INVITE", invite.branch)
        assert phone._phone.calls == {}


async def test_options_is_answered(registrar: tuple[Registrar, int]) -> None:
    other, port = registrar
    async with citizen(port):
        other.send(_request("OPTIONS", port, other))
        answer = await other.next(method="OPTIONS", status=200)
        assert "INVITE" in answer.get("allow")


async def test_sound_goes_out_as_true_a_law_of_16_bit_samples(registrar: tuple[Registrar, int], tmp_path: Any) -> None:
    other, port = registrar
    write_wav(tmp_path / "tone.wav", tone(440, 0.5, amplitude=600))  # 8-bit samples would leave two steps of it
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(5)
        async with citizen(port) as phone:
            dialling = asyncio.create_task(phone.dial("12345"))
            invite = await other.next(method="INVITE")
            other.send(response(invite, 100, "Trying"))
            await asyncio.sleep(0.1)  # as above
            answer = answer_to(invite, "tag", port)
            answer.body = offer("127.0.0.1", ear.getsockname()[1])
            other.send(answer)
            await dialling
            await phone.say(tmp_path / "tone.wav")
            packets = [ear.recv(2048) for _ in range(25)]
    assert {packet[1] & 0x7F for packet in packets} == {8}
    samples = alaw_to_pcm(b"".join(packet[12:] for packet in packets))
    assert has_tone(samples, 440)
    assert 500 < int(abs(samples).max()) < 700


async def test_a_switch_that_says_nothing_to_the_invite_ends_the_dialling(registrar: tuple[Registrar, int]) -> None:
    other, port = registrar
    async with citizen(port) as phone:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(8):
                await phone.dial("12345")
        assert not phone.in_call
    assert (await other.next(method="INVITE")).method == "INVITE"


async def test_a_refused_registration_is_told_with_a_remedy(registrar: tuple[Registrar, int]) -> None:
    other, port = registrar
    other.register_status = 403
    with pytest.raises(PartUnavailable, match="9001"):
        async with citizen(port):
            pass


def _request(method: str, port: int, registrar: Registrar) -> SipMessage:
    headers = [
        ("Via", f"SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKoffer"),
        ("From", f"<sip:12345@127.0.0.1:{port}>;tag=far"),
        ("To", "<sip:9001@127.0.0.1>"),
        ("Call-ID", "an-offer"),
        ("CSeq", f"1 {method}"),
        ("Contact", f"<sip:12345@127.0.0.1:{port}>"),
    ]
    return SipMessage(f"{method} sip:9001@{registrar.phone[0]}:{registrar.phone[1]} SIP/2.0", headers)
