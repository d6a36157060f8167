"""Use cases of the speech room: keep what was said, propose ticket fields from it, erase it by rule."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from asr import private, repository
from asr.events import AlarmRaised, FieldSuggested, UtteranceHeard
from asr.model import Alarm, Suggestion, TranscriptDebt, TranscriptErasure, Utterance
from asr.prefill import Proposal, Said, propose
from asr.prefill.proposals import Labeller
from core.clock import Clock
from core.database import Database
from core.errors import Conflict
from core.personal import Personal

_MOST_EVIDENCE = 50
_MOST_ATTEMPTS = 5
"""A recording that cannot be recognised five times over is left alone."""

Completing = Callable[[str, Sequence[Said], Sequence[Proposal]], Awaitable[Sequence[Proposal]]]
"""(call id, what was said, what its words propose) → the proposals with what other rooms know of the matter."""


async def _as_told(call_id: str, said: Sequence[Said], proposals: Sequence[Proposal]) -> Sequence[Proposal]:
    del call_id, said
    return proposals


class TranscriptService:
    """Transcripts and the proposals made from them. A call without a transcript has an empty one.

    Args of the constructor:
        database, clock: as everywhere.
        learned: models of an operator's own that are switched on, by field; asked at every proposal.
        completing: adds what other rooms know (clauses, earlier tickets, articles).
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        learned: Callable[[], Mapping[str, Labeller]] = dict,
        completing: Completing = _as_told,
    ) -> None:
        self._database = database
        self._clock = clock
        self._learned = learned
        self._completing = completing

    async def add(self, utterance: UtteranceHeard) -> bool:
        """Keep a finished utterance; the same id again changes nothing.

        Returns:
            True when it was new.

        Raises:
            Conflict: the call's transcript was erased.
        """
        return await self.amend(utterance.call_id, [utterance]) == 1

    async def amend(self, call_id: str, utterances: Sequence[UtteranceHeard], replaced: Sequence[str] = ()) -> int:
        """Keep utterances of a call in the place of others; the same ids again change nothing.

        Args:
            call_id: the call.
            utterances: what was said.
            replaced: ids of utterances that go: lesser hearings of the same words.

        Returns:
            How many were new.

        Raises:
            Conflict: the call's transcript was erased.
        """
        async with self._database.transaction() as session:
            known = [await repository.utterance(session, one.utterance_id) for one in utterances]
            new = [one for one, row in zip(utterances, known, strict=True) if row is None]
            if new and await repository.erasure(session, call_id) is not None:
                raise Conflict("该通话的转写文本已按规定删除,不能再写入", code="transcript_erased")
            gone = set(replaced) - {one.utterance_id for one in utterances}
            await repository.delete_utterances(session, call_id, gone)
            session.add_all(_row_of(one, self._clock) for one in new)
        return len(new)

    async def transcript(self, call_id: str) -> list[UtteranceHeard]:
        """Return what was said in a call, in the order it began."""
        async with self._database.reading() as session:
            return [_utterance_of(row) for row in await repository.utterances(session, call_id)]

    async def private_stretches(self, call_id: str) -> list[private.Stretch]:
        """Return from when to when numbers of identity and bank cards were said in a call."""
        said = await self.transcript(call_id)
        return private.private_stretches(
            [private.Spoken(one.leg_id, one.text.reveal(), one.started_at, one.ended_at, one.numbers) for one in said]
        )

    async def legs_heard(self, call_id: str) -> set[str]:
        """Return the ids of the legs that have at least one utterance (others are owed one from the recording)."""
        async with self._database.reading() as session:
            return await repository.legs_heard(session, call_id)

    async def owe(self, call_id: str) -> None:
        """Note that the transcript of a call is to be completed from its recording; again changes nothing."""
        async with self._database.transaction() as session:
            if await repository.debt(session, call_id) is None:
                session.add(TranscriptDebt(call_id=call_id, owed_at=self._clock.now()))

    async def next_owed(self) -> str | None:
        """Return a call whose transcript is to be completed, and count the attempt; None when nothing is owed."""
        async with self._database.transaction() as session:
            found = await repository.owed(session, _MOST_ATTEMPTS, 1)
            if not found:
                return None
            found[0].attempts += 1
            return found[0].call_id

    async def completed(self, call_id: str, added: int) -> None:
        """Note that the transcript of a call is complete, and how many utterances were added."""
        async with self._database.transaction() as session:
            debt = await repository.debt(session, call_id)
            if debt is not None:
                debt.done_at, debt.added = self._clock.now(), added

    async def suggest(self, call_id: str) -> list[FieldSuggested]:
        """Work out the proposals anew from all that was said so far, store and return them.

        Stored beside the ticket, never on it: what a person typed stays as it is (AMB-45).
        """
        async with self._database.reading() as session:
            said = [_said_of(row) for row in await repository.utterances(session, call_id)]
        # a long call takes milliseconds: in a thread, so that sound and events go on meanwhile
        told = await asyncio.to_thread(lambda: propose(said, learned=self._learned()))
        suggested = [_suggested(call_id, one) for one in await self._completing(call_id, said, told)]
        async with self._database.transaction() as session:
            if await repository.erasure(session, call_id) is not None:
                return []
            await repository.replace_suggestions(session, call_id, self._rows(suggested))
        return suggested

    async def raise_alarm(self, call_id: str, suggested: Sequence[FieldSuggested]) -> AlarmRaised | None:
        """Note an urgent matter among the proposals; None when there is none or its level was told already."""
        urgent = next((one for one in suggested if one.field == "urgency"), None)
        if urgent is None:
            return None
        level, now = urgent.value.reveal(), self._clock.now()
        async with self._database.transaction() as session:
            if {level, "critical"} & await repository.alarm_levels(session, call_id):
                return None
            topic = urgent.reason.reveal()
            row = Alarm(call_id=call_id, level=level, topic=topic, words=urgent.words, raised_at=now, told_at=now)
            session.add(row)
        return AlarmRaised(call_id, level, topic, urgent.words, now, row.id)

    async def suggestions(self, call_id: str) -> list[FieldSuggested]:
        """Return the proposals stored last."""
        async with self._database.reading() as session:
            return [_suggestion_of(row) for row in await repository.suggestions(session, call_id)]

    async def erase(self, call_id: str, clause: str) -> int:
        """Erase the transcript and proposals of a call with its recording; a second time changes nothing.

        Args:
            call_id: the call.
            clause: the rule that demands it, e.g. ``YC-13.9``.

        Returns:
            How many utterances were erased.
        """
        async with self._database.transaction() as session:
            return await _erase(session, call_id, clause, self._clock)

    def _rows(self, suggested: Sequence[FieldSuggested]) -> list[Suggestion]:
        now = self._clock.now()
        return [
            Suggestion(
                call_id=one.call_id,
                field=one.field,
                value=one.value,
                confidence=one.confidence,
                utterance_ids=" ".join(one.utterance_ids[:_MOST_EVIDENCE]),
                words=one.words,
                reason=one.reason,
                suggested_at=now,
            )
            for one in suggested
        ]


async def _erase(session: AsyncSession, call_id: str, clause: str, clock: Clock) -> int:
    if await repository.erasure(session, call_id) is not None:
        return 0
    count = await repository.delete_call(session, call_id)
    session.add(TranscriptErasure(call_id=call_id, clause=clause, utterances=count, erased_at=clock.now()))
    return count


def _row_of(heard: UtteranceHeard, clock: Clock) -> Utterance:
    return Utterance(
        id=heard.utterance_id,
        call_id=heard.call_id,
        leg_id=heard.leg_id,
        speaker=heard.speaker,
        text=heard.text,
        started_at=heard.started_at,
        ended_at=heard.ended_at,
        confidence=heard.confidence,
        number_spans=private.written(heard.numbers),
        stored_at=clock.now(),
    )


def _utterance_of(row: Utterance) -> UtteranceHeard:
    return UtteranceHeard(
        utterance_id=row.id,
        call_id=row.call_id,
        leg_id=row.leg_id,
        speaker=row.speaker,
        text=row.text,
        started_at=row.started_at,
        ended_at=row.ended_at,
        confidence=row.confidence,
        numbers=private.NumberSpan.read(row.number_spans),
    )


def _said_of(row: Utterance) -> Said:
    return Said(utterance_id=row.id, speaker=row.speaker, text=row.text.reveal())


def _suggested(call_id: str, proposal: Proposal) -> FieldSuggested:
    return FieldSuggested(
        call_id=call_id,
        field=proposal.field,
        value=Personal(proposal.value),
        confidence=proposal.confidence,
        utterance_ids=proposal.utterance_ids,
        words=Personal(proposal.words),
        reason=Personal(proposal.reason),
    )


def _suggestion_of(row: Suggestion) -> FieldSuggested:
    return FieldSuggested(
        call_id=row.call_id,
        field=row.field,
        value=row.value,
        confidence=row.confidence,
        utterance_ids=tuple(row.utterance_ids.split()),
        words=row.words,
        reason=row.reason,
    )
