"""After the call: what live recognition missed is heard from the recording, so that every leg has its transcript."""

import asyncio
from datetime import timedelta

import structlog

from asr.live import LiveTranscriber, TappedLeg
from asr.recogniser import Heard, Recogniser
from asr.recording import complete, leg_at, transcribe_file
from core.errors import HotlineError
from hotline.house import House
from hotline.prefilling import transcript_service
from hotline.services import recording_service
from recordings.files import Store
from recordings.model import Recording
from telephony.events import Party
from telephony.service import CallRecorder

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 5.0
_MILLISECOND = timedelta(milliseconds=1)
_CHANNELS = {0: (Party.CALLER,), 1: (Party.AGENT, Party.HOTLINE)}
"""Who is on which channel of the file."""


class Completer:
    """Works off the transcripts that are owed, one call at a time, and never while live recognition is behind."""

    def __init__(self, house: House, recogniser: Recogniser, live: LiveTranscriber) -> None:
        self._recogniser = recogniser
        self._live = live
        self._transcripts = transcript_service(house)
        self._recordings = recording_service(house)
        self._calls = CallRecorder(house.database, house.clock, house.settings.spool_dir)
        self._store = Store(house.settings.recordings_dir)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            if not await self._work():
                await asyncio.sleep(_LOOK_SECONDS)

    async def _work(self) -> bool:
        """Complete one transcript; False: nothing is owed, there is no time for it, or it failed."""
        call_id = None
        try:
            call_id = None if self._live.is_behind else await self._transcripts.next_owed()
            if call_id is None:
                return False
            recording = await self._recordings.for_call(call_id)
            added = await self._complete(call_id, recording) if recording and recording.path else 0
            await self._transcripts.completed(call_id, added)
        except HotlineError as error:
            log.error("transcript_not_completed", call_id=call_id, problem=error.message)  # noqa: TRY400
            return False
        except Exception as error:  # noqa: BLE001 - engines raise what they like; the other calls go on
            # the kind only: messages of engines may hold what was said
            log.error("transcript_not_completed", call_id=call_id, problem=type(error).__name__)  # noqa: TRY400
            return False
        if added:
            log.info("transcript_completed", call_id=call_id, added=added)
        return True

    async def _complete(self, call_id: str, recording: Recording) -> int:
        assert recording.path is not None
        assert recording.started_at is not None
        path = self._store.resolve(recording.path)
        call = await self._calls.call(call_id)
        ends = {leg.leg_id: leg.ended_at for leg in call.legs if leg.ended_at is not None}
        heard: list[tuple[TappedLeg, Heard]] = []
        for channel, parties in _CHANNELS.items():
            legs = [
                TappedLeg(call_id, leg.leg_id, leg.party.value, leg.joined_at or call.entered_at)
                for leg in call.legs
                if leg.party in parties and leg.joined_at is not None
            ]
            for one in await asyncio.to_thread(transcribe_file, self._recogniser, path, channel):
                middle = recording.started_at + (one.end_ms + one.start_ms) / 2 * _MILLISECOND
                if (leg := leg_at(legs, ends, middle)) is not None:
                    heard.append((leg, one))
        added = await complete(self._transcripts, call_id, heard, recording.started_at)
        if added:
            await self._transcripts.suggest(call_id)
        return added
