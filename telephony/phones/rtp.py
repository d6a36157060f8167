"""One RTP stream each way (RFC 3550): G.711 in exact 20 ms packets, telephone events (RFC 4733), what is heard kept."""

import asyncio
import secrets
import struct
import time
from collections import deque
from contextlib import suppress
from typing import Any

import numpy as np

from telephony.phones.g711 import Pcm, alaw_to_pcm, pcm_to_alaw, pcm_to_ulaw, ulaw_to_pcm
from telephony.phones.sip_message import ALAW, DTMF, ULAW, Media
from telephony.phones.sound import FRAME, RATE, has_tone

_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")
_END = 0x80
_VOLUME = 10
_VERSION = 0x80
_PACKET_SECONDS = FRAME / RATE
_MOST_GAP = 5 * RATE
_KEYS = "0123456789*#ABCD"
_KEY_PACKETS = 6
_END_PACKETS = 3
_SEQUENCE = 0xFFFF
_STAMP = 0xFFFFFFFF
_SILENCE = np.zeros(FRAME, np.int16)


class RtpStream(asyncio.DatagramProtocol):
    """The audio of one call at the phone's side. Sends silence when nothing is played, so that paths stay open."""

    def __init__(self) -> None:
        self._transport: asyncio.DatagramTransport | None = None
        self._media: Media | None = None
        self._sender: asyncio.Task[None] | None = None
        self._frames: deque[Pcm] = deque()
        self._keys: deque[tuple[bytes, int]] = deque()
        self._drained = asyncio.Event()
        self._drained.set()
        self._sequence = secrets.randbelow(_SEQUENCE)
        self._stamp = secrets.randbelow(_STAMP)
        self._source = secrets.randbelow(_STAMP)
        self._heard: list[Pcm] = []
        self._heard_stream: tuple[int, int] | None = None
        self.packets_heard = 0
        self.longest_gap = 0.0
        """Longest time between two received packets, in seconds."""
        self._last_arrival = 0.0

    async def open(self, host: str) -> int:
        """Bind a free port on `host` and return it."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        return int(self._transport.get_extra_info("sockname")[1])

    def connect(self, media: Media) -> None:
        """Begin sending to where the other side's SDP says."""
        self._media = media
        if self._sender is None:
            self._sender = asyncio.create_task(self._send_forever(), name="rtp-sender")

    async def close(self) -> None:
        """Stop sending and release the port."""
        if self._sender is not None:
            self._sender.cancel()
            with suppress(asyncio.CancelledError):
                await self._sender
        if self._transport is not None:
            self._transport.close()
        self._drained.set()

    def play(self, samples: Pcm) -> None:
        """Append samples (8 kHz) to what is sent."""
        for start in range(0, len(samples), FRAME):
            frame = samples[start : start + FRAME]
            self._frames.append(frame if len(frame) == FRAME else np.pad(frame, (0, FRAME - len(frame))))
        if self._frames:
            self._drained.clear()

    def stop_playing(self) -> None:
        """Send silence from the next packet on."""
        self._frames.clear()
        self._drained.set()

    async def wait_played(self) -> None:
        """Return when everything given to `play` was sent (or the stream was closed)."""
        await self._drained.wait()

    def press(self, keys: str) -> None:
        """Send keys as telephone events of 120 ms each, 60 ms apart (RFC 4733 section 2.5)."""
        length = _KEY_PACKETS * FRAME
        for key in keys:
            event = _KEYS.index(key.upper())
            self._keys.extend((_EVENT.pack(event, _VOLUME, n * FRAME), 0) for n in range(1, _KEY_PACKETS + 1))
            self._keys.extend([(_EVENT.pack(event, _END | _VOLUME, length), 0)] * (_END_PACKETS - 1))
            self._keys.append((_EVENT.pack(event, _END | _VOLUME, length), length))
            self._keys.extend([(b"", 0)] * _END_PACKETS)

    @property
    def heard(self) -> Pcm:
        """Everything heard so far, 8 kHz; lost packets are silence."""
        return np.concatenate(self._heard) if self._heard else np.zeros(0, np.int16)

    def heard_lately(self, seconds: float) -> Pcm:
        """Return the last `seconds` of what was heard."""
        wanted, pieces, length = int(seconds * RATE), list[Pcm](), 0
        for piece in reversed(self._heard):  # not all of it: this is asked every 20 ms of a call of any length
            pieces.append(piece)
            length += len(piece)
            if length >= wanted:
                break
        return np.concatenate(pieces[::-1])[-wanted:] if pieces else np.zeros(0, np.int16)

    async def wait_tone(self, hertz: float, *, within: float, window: float = 0.2) -> None:
        """Return once the last `window` seconds heard are mainly a tone of `hertz`.

        Raises:
            TimeoutError: it was not heard `within` seconds.
        """
        end = time.monotonic() + within
        while not (len(lately := self.heard_lately(window)) >= window * RATE and has_tone(lately, hertz)):
            if time.monotonic() > end:
                raise TimeoutError(f"{hertz:g} Hz not heard within {within:g} s ({self.packets_heard} packets)")
            await asyncio.sleep(_PACKET_SECONDS)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Take a packet."""
        del addr
        if len(data) <= _HEADER.size or data[0] & 0xC0 != _VERSION:
            return
        _, kind, _, stamp, source = _HEADER.unpack_from(data)
        payload = data[_HEADER.size + 4 * (data[0] & 0x0F) :]
        decode = {ALAW: alaw_to_pcm, ULAW: ulaw_to_pcm}.get(kind & 0x7F)
        if decode is None:
            return
        self._note_arrival()
        self._fill_gap(stamp, source)
        self._heard.append(decode(payload))
        self._heard_stream = (source, (stamp + len(payload)) & _STAMP)

    def _note_arrival(self) -> None:
        now = time.monotonic()
        if self.packets_heard:
            self.longest_gap = max(self.longest_gap, now - self._last_arrival)
        self._last_arrival = now
        self.packets_heard += 1

    def _fill_gap(self, stamp: int, source: int) -> None:
        if self._heard_stream is None or self._heard_stream[0] != source:
            return
        gap = (stamp - self._heard_stream[1]) & _STAMP
        if 0 < gap < _MOST_GAP:
            self._heard.append(np.zeros(gap, np.int16))

    async def _send_forever(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            self._send_next()
            due += _PACKET_SECONDS
            await asyncio.sleep(max(0.0, due - loop.time()))

    def _send_next(self) -> None:
        if self._media is None or self._transport is None or self._transport.is_closing():
            return
        if self._keys and self._send_key(self._media):
            return
        frame = self._frames.popleft() if self._frames else _SILENCE
        if not self._frames:
            self._drained.set()
        encode = pcm_to_alaw if self._media.payload == ALAW else pcm_to_ulaw
        self._emit(self._media, self._media.payload, encode(frame))
        self._stamp = (self._stamp + FRAME) & _STAMP

    def _send_key(self, media: Media) -> bool:
        """Send the next packet of a pressed key; all packets of one event carry the stamp of its beginning."""
        payload, advance = self._keys.popleft()
        if payload:
            self._emit(media, media.dtmf or DTMF, payload)
        self._stamp = (self._stamp + advance) & _STAMP
        return bool(payload)

    def _emit(self, media: Media, kind: int, payload: bytes) -> None:
        assert self._transport is not None
        header = _HEADER.pack(_VERSION, kind, self._sequence, self._stamp, self._source)
        self._transport.sendto(header + payload, (media.host, media.port))
        self._sequence = (self._sequence + 1) & _SEQUENCE
