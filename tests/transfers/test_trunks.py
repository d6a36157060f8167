"""Trunks to partners: TLS and SRTP between two switches, health by OPTIONS, how many calls a partner takes."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from asterisk.instance import AsteriskInstance
from asterisk.partners import load
from asterisk.phones import Phone
from core.errors import Conflict
from core.ids import new_id
from hotline.roles.trunks import trunk_health
from telephony.ami import AmiLink
from telephony.events import CallArrived
from telephony.phones.scripted import ScriptedPhone
from telephony.phones.sip_call import CallState
from telephony.phones.sip_message import SipMessage, new_tag, response
from telephony.phones.user_agent import UserAgent
from telephony.probes.caller import Line, Measured, Outcome, Target, call
from telephony.snapshot import registered_of
from telephony.transfers.states import TalkEvent, TalkState
from tests.calls.conftest import Switch, make_switch
from tests.transfers.conftest import CALLER, NUMBER, Hall, TransferringDesk, connect, hears, speak

pytestmark = pytest.mark.calls

PROBE = Phone("990001", "probe-secret-1", "probe", "拨测话机")


class Authority:
    """A certificate authority made for one test."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        basic = x509.BasicConstraints(ca=True, path_length=None)
        self._own = self._begin(self._name, self._key).add_extension(basic, critical=True).sign(
            self._key, hashes.SHA256()
        )  # fmt: skip

    @property
    def certificate(self) -> str:
        return self._own.public_bytes(Encoding.PEM).decode()

    def issue(self) -> str:
        """Return key and certificate of a switch at 127.0.0.1, as `switch.pem` holds them."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        signed = self._begin(subject, key).add_extension(names, critical=False).sign(self._key, hashes.SHA256())
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return private.decode() + signed.public_bytes(Encoding.PEM).decode()

    def _begin(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
        )


@dataclass
class Pair:
    """Two centres, each other's partner over TLS with SRTP."""

    ours: Switch
    theirs: Switch

    async def call(self, number: str = "12345") -> tuple[Measured, list[str]]:
        """Dial the other centre; return what was heard and what our leg said of itself meanwhile."""
        # at an address of its own: whoever comes from the partner's is the partner
        line = Line(PROBE.number, PROBE.secret, self.ours.sip, "127.0.0.2", answer_seconds=10, listen_seconds=3)
        making = asyncio.ensure_future(call(line, Target(number, "", number, "tax")))
        secured: list[str] = []
        async with connected(self.ours) as link:
            while not making.done():
                for channel in await link.list_action(
                    "Status", {"Variables": "CHANNEL(rtp,secure),CHANNEL(pjsip,secure)"}
                ):
                    if channel.get("Channel").startswith("PJSIP/partner-tax"):
                        secured += channel.variables().values()
                await asyncio.sleep(0.1)
        return await making, secured

    async def is_up(self) -> bool:
        """Tell whether the partner answers our OPTIONS."""
        async with connected(self.ours) as link:
            return "partner-tax" in registered_of(await link.list_action("DeviceStateList"))

    async def wait_up(self, wanted: bool, *, within: float = 30.0) -> None:
        end = time.monotonic() + within
        while await self.is_up() is not wanted:
            assert time.monotonic() < end, f"the partner is {'not ' if wanted else ''}up"
            await asyncio.sleep(0.2)


class connected:  # noqa: N801 - used as a function
    def __init__(self, switch: Switch) -> None:
        password = switch.secrets.ami_password("engine")
        self._link = AmiLink("127.0.0.1", switch.settings.asterisk.ami_port, "engine", password)

    async def __aenter__(self) -> AmiLink:
        await self._link.start()
        return self._link

    async def __aexit__(self, *error: object) -> None:
        await self._link.close()


def no_carrier(switch: Switch) -> Switch:
    """Return a switch that takes nobody on this machine for the carrier: who calls over TLS is the partner."""
    asterisk = switch.settings.asterisk.model_copy(update={"trunks": ("10.255.255.0/30",)})
    settings = switch.settings.model_copy(update={"asterisk": asterisk})
    phones = [*switch.phones, PROBE] if switch.settings.instance.startswith("pair0") else switch.phones
    return Switch(settings, switch.secrets, phones, AsteriskInstance(settings, switch.secrets, phones))


def prepare(switch: Switch, other: Switch, name: str, authority: Authority, trusted: Authority) -> None:
    """Write certificate and partner of one of the two."""
    tls = switch.settings.home / "tls"
    tls.mkdir()
    (tls / "switch.pem").write_text(authority.issue(), "ascii")
    (tls / "partners-ca.pem").write_text(trusted.certificate, "ascii")
    (switch.settings.home / "partners.toml").write_text(
        f'[{name}]\nhost = "127.0.0.1"\nport = {other.settings.asterisk.sip_port + 1}\ntransport = "tls"\nsrtp = true\n'
        f'addresses = ["127.0.0.1"]\noptions_seconds = 1\n',
        "utf-8",
    )


@pytest.fixture
async def pair(asterisk_rootfs: Path, request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    homes = [Path(tempfile.mkdtemp(prefix="hotline-pair-")) for _ in range(2)]
    ours, theirs = (no_carrier(make_switch(home, f"pair{number}")) for number, home in enumerate(homes))
    authority = Authority("centre")
    prepare(ours, theirs, "tax", authority, getattr(request, "param", None) or authority)
    prepare(theirs, ours, "centre", authority, authority)
    try:
        await theirs.instance.start()
        await ours.instance.start()
        yield Pair(ours, theirs)
    finally:
        for switch, home in zip((ours, theirs), homes, strict=True):
            await switch.instance.stop()
            shutil.rmtree(switch.settings.instance_root, ignore_errors=True)
            shutil.rmtree(home, ignore_errors=True)


async def test_a_call_over_tls_and_srtp_is_answered_and_heard_and_the_trunk_is_seen_to_live_and_die(pair: Pair) -> None:
    await pair.wait_up(True)
    measured, secured = await pair.call()
    assert measured.outcome is Outcome.ANSWERED
    assert float(np.sqrt(np.mean(np.square(measured.samples.astype(np.float64))))) > 30, "their welcome is heard"
    assert "1" in secured, "signalling and media are encrypted"
    assert "0" not in secured[2:]
    await pair.theirs.instance.stop()
    await pair.wait_up(False)
    measured, _ = await pair.call()
    assert measured.outcome is Outcome.UNREACHABLE


@pytest.mark.parametrize("pair", [Authority("somebody else")], indirect=True)
async def test_a_partner_whose_certificate_is_of_another_authority_is_not_connected(pair: Pair) -> None:
    measured, _ = await pair.call()
    assert measured.outcome is not Outcome.ANSWERED
    assert not await pair.is_up()


async def test_a_partner_that_takes_no_more_calls_gives_the_caller_back_with_the_reason(
    hall: Hall, partner: ScriptedPhone
) -> None:
    await connect(hall.desk.switch, {"rsj": partner}, max_calls=1)
    target = await hall.consult()
    await hall.act(TalkEvent.COMPLETE)
    await hall.until(TalkState.HANDED_OVER)
    citizen, agent, arrived, _ = await hall.desk.join("8002")
    second = Hall(hall.desk, hall.transfers, hall.notices, partner, citizen, agent, arrived)
    speak(citizen, CALLER)
    with pytest.raises(Conflict) as full:
        await second.act(TalkEvent.CONSULT)
    assert full.value.code == "trunk_full"
    assert second.state is TalkState.TALKING
    await hears(agent, CALLER)
    for one in (citizen, agent, target, hall.citizen):
        await one.hang_up()


async def test_a_partner_whose_caller_shows_the_number_of_a_phone_of_ours_is_the_partner_all_the_same(
    desk: TransferringDesk, clean_switch: Switch
) -> None:
    agent = await desk.agent("8001")
    partner = ScriptedPhone("8001", clean_switch.sip)
    await partner.start()
    await connect(clean_switch, {"rsj": partner})
    former = new_id()
    calling = await partner.dial("12345", headers=[("X-Call-Id", former)])
    await calling.wait_state(CallState.ANSWERED)
    arrived = await desk.until(CallArrived)
    assert (arrived.partner, arrived.former) == ("rsj", former)
    assert arrived.caller is not None
    assert arrived.caller.reveal() == "8001"
    await desk.ring(arrived, "8001")
    answering = await agent.next_call()
    await answering.answer()
    speak(calling, CALLER)
    await hears(answering, CALLER)
    await calling.hang_up()
    await answering.wait_state(CallState.ENDED)
    await desk.told(arrived.call_id)
    kept = await desk.recorder.call(arrived.call_id)
    assert (kept.partner, kept.former, kept.reached) == ("rsj", former, "12345"), "its history stays with the call"
    await partner.close()


async def test_nobody_but_carrier_partners_and_phones_gets_a_call_through(pair: Pair) -> None:
    stranger = UserAgent("13900000009", pair.ours.sip, host="127.0.0.3")
    await stranger.start()
    calling = await stranger.dial("12345")
    with pytest.raises(TimeoutError):
        await calling.wait_state(CallState.ANSWERED)
    assert calling.final_status in {401, 403}
    await stranger.close()


class Refusing(ScriptedPhone):
    """A partner that answers OPTIONS with 403: it lives, but does not know us."""

    status = 403

    async def take_request(self, request: SipMessage) -> None:
        if request.method == "OPTIONS" and self.status:
            self.respond(request, response(request, self.status, "Forbidden", to_tag=new_tag()))
        else:
            await super().take_request(request)


async def test_a_partner_that_answers_but_refuses_us_is_shown_so_until_it_lets_us_in(
    desk: TransferringDesk, clean_switch: Switch
) -> None:
    partner = Refusing(NUMBER, clean_switch.sip)
    await partner.start()
    await connect(clean_switch, {"rsj": partner}, options_seconds=1)

    async def becomes(*, up: bool, refuses: bool) -> None:
        end = time.monotonic() + 30.0
        while True:
            health = await trunk_health(desk.link, load(clean_switch.settings.home))
            [trunk] = health["items"]  # type: ignore[misc]
            if (trunk["up"], trunk["refuses"]) == (up, refuses):
                return
            assert time.monotonic() < end, trunk
            await asyncio.sleep(0.2)

    await becomes(up=True, refuses=True)
    partner.status = 0
    await becomes(up=True, refuses=False)
    await partner.close()
    await becomes(up=False, refuses=False)
