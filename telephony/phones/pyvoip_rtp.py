"""pyVoIP's RTP client with its faults cured.

pyVoIP 1.6.8 carries sound as 8-bit samples (about 48 dB at best), encodes A-law as mu-law, drifts from the 20 ms clock,
and crashes its sender when the sequence number passes 65535. Here the packets hold G.711 from 16-bit samples.
"""

import secrets
import struct
import threading
import time
from typing import Any

import numpy as np
from pyVoIP.RTP import PayloadType, RTPClient

from telephony.phones.g711 import Pcm, alaw_to_pcm, pcm_to_alaw, pcm_to_ulaw, ulaw_to_pcm
from telephony.phones.sound import FRAME, RATE

_HEADER = struct.Struct("!BBHII")
_SILENCE = np.zeros(FRAME, np.int16)
_PACKET_SECONDS = FRAME / RATE


class CuredRtpClient(RTPClient):
    """Sends what `play` was given, keeps what is heard; both as 16-bit samples."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._queue: list[Pcm] = []
        self._heard: list[Pcm] = []
        self._guard = threading.Lock()
        self._sequence = secrets.randbelow(1 << 16)
        self._stamp = secrets.randbelow(1 << 31)

    def play(self, samples: Pcm) -> None:
        """Append 8 kHz samples to what is sent."""
        frames = [samples[start : start + FRAME] for start in range(0, len(samples), FRAME)]
        with self._guard:
            self._queue += [np.pad(frame, (0, FRAME - len(frame))) for frame in frames]

    @property
    def playing(self) -> bool:
        """True while something given to `play` was not sent yet."""
        with self._guard:
            return bool(self._queue)

    def heard(self) -> Pcm:
        """Everything heard so far, 8 kHz."""
        with self._guard:
            return np.concatenate(self._heard) if self._heard else np.zeros(0, np.int16)

    def parse_pcmu(self, packet: Any) -> None:
        """Keep a mu-law packet."""
        self._keep(ulaw_to_pcm(packet.payload))

    def parse_pcma(self, packet: Any) -> None:
        """Keep an A-law packet."""
        self._keep(alaw_to_pcm(packet.payload))

    def trans(self) -> None:
        """Send one packet every 20 ms of an absolute clock until the client is stopped."""
        encode = pcm_to_alaw if self.preference == PayloadType.PCMA else pcm_to_ulaw
        due = time.monotonic()
        while self.NSD:
            with self._guard:
                frame = self._queue.pop(0) if self._queue else _SILENCE
            header = _HEADER.pack(0x80, int(self.preference), self._sequence, self._stamp, self.outSSRC)
            try:
                self.sout.sendto(header + encode(frame), (self.outIP, self.outPort))
            except OSError:
                return  # the socket was closed by stop()
            self._sequence = (self._sequence + 1) & 0xFFFF
            self._stamp = (self._stamp + FRAME) & 0xFFFFFFFF
            due += _PACKET_SECONDS
            time.sleep(max(0.0, due - time.monotonic()))

    def _keep(self, samples: Pcm) -> None:
        with self._guard:
            self._heard.append(samples)
