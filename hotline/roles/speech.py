"""Role `speech`: taps the legs of running calls, keeps the transcript, and proposes ticket fields from it."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from weakref import WeakValueDictionary

import structlog

from asr.events import AlarmRaised, FieldSuggested, PartialHeard, UtteranceHeard
from asr.live import LiveTranscriber, TappedLeg
from asr.opening import lexicon_files, open_with_fallback
from asr.recogniser import Recogniser
from core.bus import RequestHandler
from core.errors import HotlineError
from hotline import vocabulary
from hotline.house import House
from hotline.prefilling import transcript_service
from hotline.roles.completion import Completer
from hotline.roles.taps import TapKeeper
from hotline.topics import SPEECH_STATE
from telephony.ami import AmiLink
from telephony.control import CallControl
from telephony.taps import Tap, TapServer
from telephony.watcher import SwitchWatcher

log = structlog.get_logger(__name__)

_MOST_WAITING = 200
"""Messages waiting for the broker beyond which partials are not added."""


async def run(house: House) -> None:
    """Run the role until cancelled.

    Raises:
        PartUnavailable: no recogniser can be loaded, the port of the taps is taken, or the switch cannot be reached.
    """
    settings = house.settings
    if settings.speech.engine == "none":
        await _idle(house)
        return
    await vocabulary.refresh(house)
    words = [*lexicon_files(settings), vocabulary.file_of(settings)]
    recogniser = await asyncio.to_thread(open_with_fallback, settings, lexicon=words)
    asterisk = settings.asterisk
    link = AmiLink(asterisk.host, asterisk.ami_port, "speech", house.secrets.ami_password("speech"))
    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="recogniser") as executor:
        taps = TapKeeper(CallControl(link, settings))
        live = LiveTranscriber(recogniser, executor)
        scribe = _Scribe(house, live, taps)
        server = TapServer(settings.speech.tap_host, settings.speech.tap_port, scribe.listen)
        await server.start()
        await house.bus.serve(SPEECH_STATE, _state_of(recogniser))
        completing = asyncio.create_task(Completer(house, recogniser, live).run())
        learning = asyncio.create_task(vocabulary.keep(house))
        try:
            await link.start()
            await taps.run(SwitchWatcher(link, house.clock, settings.spool_dir), server.end)
        finally:
            completing.cancel()
            learning.cancel()
            await link.close()
            await server.stop()


def _state_of(recogniser: Recogniser) -> RequestHandler:
    async def state(request: dict[str, Any]) -> dict[str, object]:
        del request
        return {"state": f"{recogniser.engine}:{recogniser.model}"}

    return state


async def _idle(house: House) -> None:
    """Nobody is listened to; `/readyz` says so."""
    log.warning("speech_off", remedy="要转写通话:设置 speech.engine=auto 并运行 hotline models fetch")

    async def state(request: dict[str, Any]) -> dict[str, object]:
        del request
        return {"state": "未启用(speech.engine=none),通话不转写"}

    await house.bus.serve(SPEECH_STATE, state)
    await asyncio.Event().wait()


class _Scribe:
    """Writes down what the taps bring."""

    def __init__(self, house: House, transcriber: LiveTranscriber, taps: TapKeeper) -> None:
        self._bus = house.bus
        self._clock = house.clock
        self._transcriber = transcriber
        self._taps = taps
        self._transcripts = transcript_service(house)
        self._proposing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def listen(self, tap: Tap) -> None:
        """Transcribe one tap until it ends."""
        leg = self._taps.leg(tap.leg_id)
        if leg is None:
            log.warning("tap_of_unknown_leg", leg_id=tap.leg_id)
            return
        tapped = TappedLeg(leg.call_id, leg.leg_id, leg.party.value, self._clock.now())
        try:
            async for heard in self._transcriber.run(tapped, aiter(tap)):
                if isinstance(heard, UtteranceHeard):
                    await self._keep(heard)
                await self._publish(heard)
        finally:
            if not tap.replaced:
                self._taps.ended(tap.leg_id)

    async def _keep(self, heard: UtteranceHeard) -> None:
        try:
            await self._transcripts.add(heard)
            # two speakers end at once: the proposals of a call are worked out one after the other
            async with self._proposing.setdefault(heard.call_id, asyncio.Lock()):
                suggested = await self._transcripts.suggest(heard.call_id)
                alarm = await self._transcripts.raise_alarm(heard.call_id, suggested)
            if alarm is not None:
                await self._alarm(alarm)
            for suggestion in suggested:
                await self._propose(suggestion)
        except HotlineError as error:
            # the recording holds it: the transcript is completed from it after the call
            log.error("utterance_not_kept", call_id=heard.call_id, problem=error.code)  # noqa: TRY400

    async def _publish(self, heard: PartialHeard | UtteranceHeard) -> None:
        final = isinstance(heard, UtteranceHeard)
        if not final and self._bus.backlog >= _MOST_WAITING:
            # the broker is away or does not read: what it keeps room for is finished utterances
            self._transcriber.counters.partials_dropped += 1
            return
        await self._bus.publish(
            f"hotline/calls/{heard.call_id}/transcript",
            {
                "leg_id": heard.leg_id,
                "speaker": heard.speaker,
                "text": heard.text.reveal(),
                "final": final,
                "at": heard.ended_at if isinstance(heard, UtteranceHeard) else heard.at,
            },
        )

    async def _propose(self, suggestion: FieldSuggested) -> None:
        await self._bus.publish(
            f"hotline/calls/{suggestion.call_id}/fields",
            {
                "field": suggestion.field,
                "value": suggestion.value.reveal(),
                "confidence": suggestion.confidence,
                "words": suggestion.words.reveal(),
                "reason": suggestion.reason.reveal(),
                "utterance_ids": suggestion.utterance_ids,
            },
        )

    async def _alarm(self, alarm: AlarmRaised) -> None:
        """Tell the call's agent and every supervisor; the words name the danger, not a person."""
        log.warning("urgent_matter", call_id=alarm.call_id, level=alarm.level, topic=alarm.topic)
        await self._bus.publish(
            f"hotline/calls/{alarm.call_id}/alarm",
            {
                "id": alarm.alarm_id,
                "level": alarm.level,
                "topic": alarm.topic,
                "words": alarm.words.reveal(),
                "at": alarm.at,
            },
        )
