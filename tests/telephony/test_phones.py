"""The user agent against itself: two phones without a switch between them."""

import asyncio
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import PartUnavailable
from telephony.phones.digest import authorization
from telephony.phones.g711 import alaw_to_pcm, pcm_to_alaw, pcm_to_ulaw, ulaw_to_pcm
from telephony.phones.scripted import Script, ScriptedPhone
from telephony.phones.sip_call import CallState, SipCall
from telephony.phones.sip_message import SipMessage, media_of, offer
from telephony.phones.sound import has_tone, read_wav, share_of_tone, tone, write_wav
from telephony.phones.user_agent import UserAgent

LOOPBACK = "127.0.0.1"


@pytest.fixture
async def phones() -> AsyncIterator[tuple[ScriptedPhone, UserAgent]]:
    """A called phone and a calling one that takes the other for its switch."""
    called = ScriptedPhone("8001", (LOOPBACK, 1))
    await called.start()
    calling = UserAgent("9001", (LOOPBACK, called.port))
    await calling.start()
    called._server = (LOOPBACK, calling.port)
    yield called, calling
    await calling.close()
    await called.close()


async def connected(called: ScriptedPhone, calling: UserAgent) -> tuple[SipCall, SipCall]:
    outgoing = await calling.dial("8001", display="市民")
    incoming = await called.next_call()
    async with asyncio.timeout(5):
        await outgoing.rang.wait()
    await incoming.answer()
    await outgoing.wait_state(CallState.ANSWERED)
    return incoming, outgoing


async def test_two_phones_hear_each_other_s_tones_and_no_others(phones: tuple[ScriptedPhone, UserAgent]) -> None:
    incoming, outgoing = await connected(*phones)
    assert "市民" in incoming.remote_headers["from"]
    incoming.media.play(tone(700, 1.5))
    outgoing.media.play(tone(440, 1.5))
    await incoming.media.wait_tone(440, within=3)
    await outgoing.media.wait_tone(700, within=3)
    assert not has_tone(outgoing.media.heard_lately(0.2), 440)
    await outgoing.hang_up()
    await incoming.wait_state(CallState.ENDED)


async def test_packets_keep_the_20_ms_clock(phones: tuple[ScriptedPhone, UserAgent]) -> None:
    incoming, outgoing = await connected(*phones)
    before, loop = outgoing.media.packets_heard, asyncio.get_running_loop()
    started = loop.time()
    await asyncio.sleep(2.0)
    packets, seconds = outgoing.media.packets_heard - before, loop.time() - started
    assert packets == pytest.approx(seconds * 50, abs=4)
    await incoming.hang_up()
    await outgoing.wait_state(CallState.ENDED)


@pytest.mark.parametrize("status", [480, 486, 603])
async def test_a_rejected_call_ends_with_the_status(phones: tuple[ScriptedPhone, UserAgent], status: int) -> None:
    called, calling = phones
    called.script = Script(reject_with=status)
    outgoing = await calling.dial("8001")
    await outgoing.wait_state(CallState.ENDED)
    assert outgoing.final_status == status


async def test_a_caller_who_hangs_up_while_it_rings_cancels(phones: tuple[ScriptedPhone, UserAgent]) -> None:
    called, calling = phones
    outgoing = await calling.dial("8001")
    incoming = await called.next_call()
    async with asyncio.timeout(5):
        await outgoing.rang.wait()
    await outgoing.hang_up()
    await incoming.wait_state(CallState.ENDED)
    await outgoing.wait_state(CallState.ENDED)
    assert (incoming.final_status, outgoing.final_status) == (487, 487)


async def test_a_scripted_phone_answers_speaks_and_hangs_up_by_itself(
    phones: tuple[ScriptedPhone, UserAgent], tmp_path: Path
) -> None:
    called, calling = phones
    write_wav(tmp_path / "a.wav", tone(700, 0.5))
    write_wav(tmp_path / "b.wav", tone(440, 0.5))
    said = [(0.0, tmp_path / "a.wav"), (0.1, tmp_path / "b.wav")]
    called.script = Script(answer_after=0.05, say=said, hang_up_after=0.1)
    outgoing = await calling.dial("8001")
    await outgoing.wait_state(CallState.ANSWERED)
    await outgoing.media.wait_tone(700, within=3)
    await outgoing.media.wait_tone(440, within=3)
    await outgoing.wait_state(CallState.ENDED)


async def test_pressed_keys_are_sent_as_telephone_events(phones: tuple[ScriptedPhone, UserAgent]) -> None:
    incoming, outgoing = await connected(*phones)
    events: list[bytes] = []
    original = incoming.media.datagram_received

    def watch(data: bytes, addr: object) -> None:
        if data[1] & 0x7F == 101:
            events.append(data)
        original(data, addr)

    incoming.media.datagram_received = watch  # type: ignore[method-assign]
    outgoing.media.press("1#")
    async with asyncio.timeout(5):
        while sum(packet[13] >> 7 for packet in events) < 6:  # noqa: ASYNC110 - three end packets a key
            await asyncio.sleep(0.02)
    assert [packet[12] for packet in events] == [1] * 9 + [11] * 9
    assert len({packet[4:8] for packet in events}) == 2  # one time stamp a key (RFC 4733 section 2.3.4)


async def test_a_phone_answers_options(phones: tuple[ScriptedPhone, UserAgent]) -> None:
    called, calling = phones
    probe = SipCall(calling, "probe", incoming=False)
    probe.target = probe.remote_uri = probe.local_uri = f"sip:8001@{LOOPBACK}:{called.port}"
    answer = await calling.deliver(probe.request("OPTIONS"))
    assert answer is not None
    assert (answer.status, "OPTIONS" in answer.get("allow")) == (200, True)


async def test_an_unknown_dialog_is_answered_with_481(phones: tuple[ScriptedPhone, UserAgent]) -> None:
    called, calling = phones
    stray = SipCall(calling, "stray", incoming=False)
    stray.target = stray.remote_uri = stray.local_uri = f"sip:8001@{LOOPBACK}:{called.port}"
    answer = await calling.deliver(stray.request("BYE"))
    assert answer is not None
    assert answer.status == 481


async def test_registering_where_nobody_listens_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony.phones.sip_transactions._TRIES", 1)
    phone = UserAgent("8001", (LOOPBACK, 9), password="secret")
    await phone.start()
    with pytest.raises(PartUnavailable, match="8001"):
        await phone.register()
    await phone.close()


def test_digest_answers_the_example_of_rfc_2617() -> None:
    challenge = (
        'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",'
        ' opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    value = authorization(
        challenge, method="GET", uri="/dir/index.html", username="Mufasa", password="Circle Of Life", cnonce="0a4f113b"
    )
    assert 'response="6629fae49393a05397450978507c4ef1"' in value
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41"' in value


@pytest.mark.parametrize(("encode", "decode"), [(pcm_to_alaw, alaw_to_pcm), (pcm_to_ulaw, ulaw_to_pcm)])
def test_g711_keeps_every_sample_within_its_step(encode: object, decode: object) -> None:
    samples = np.arange(-32768, 32768).astype(np.int16)
    back = decode(encode(samples))  # type: ignore[operator]
    error = np.abs(back.astype(int) - samples.astype(int))
    assert np.all(error <= np.maximum(np.abs(samples.astype(int)) // 16, 132))
    assert encode(decode(bytes(range(256)))) in {bytes(range(256)), bytes([*range(127), 255, *range(128, 256)])}  # type: ignore[operator]


def test_g711_has_the_codes_of_the_recommendation() -> None:
    assert alaw_to_pcm(bytes([0xD5, 0x55, 0xAA, 0x2A])).tolist() == [8, -8, 32256, -32256]
    assert ulaw_to_pcm(bytes([0xFF, 0x80, 0x00])).tolist() == [0, 32124, -32124]


def test_tones_are_told_apart() -> None:
    assert share_of_tone(tone(440, 0.2), 440) > 0.95
    assert not has_tone(tone(440, 0.2), 700)
    assert not has_tone(np.zeros(1600, np.int16), 440)
    noise = np.random.default_rng(1).integers(-8000, 8000, 1600).astype(np.int16)
    assert not has_tone(noise, 440)


def test_a_wav_of_another_rate_and_two_channels_is_read_as_telephone_sound(tmp_path: Path) -> None:
    path, rate = tmp_path / "stereo.wav", 44100
    wave_form = (8000 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, rate, 0, "NONE", ""))
        file.writeframes(np.repeat(wave_form, 2).tobytes())
    samples = read_wav(path)
    assert len(samples) == 8000
    assert has_tone(samples[2000:6000], 440)


def test_sdp_offers_and_reads_g711() -> None:
    media = media_of(offer(LOOPBACK, 4000))
    assert media is not None
    assert (media.host, media.port, media.payload, media.dtmf) == (LOOPBACK, 4000, 8, 101)
    assert media_of("v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 4000 RTP/AVP 9 18\r\n") is None


@pytest.mark.parametrize("noise", [b"", b"\r\n\r\n", b"\x00\x00\x00\x00", b"HELLO", bytes(range(256))])
def test_noise_is_no_message(noise: bytes) -> None:
    assert SipMessage.parse(noise) is None
