"""What other rooms know of a matter, put to the proposals: clauses, hotlines, earlier tickets, articles."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import structlog

from asr.knowledge.service import KnowledgeService
from asr.prefill import Proposal, Said
from asr.prefill.choice import FollowedLabels
from asr.prefill.propose import hotlines
from asr.prefill.refusals import SAME_MATTER
from asr.service import TranscriptService
from core.errors import HotlineError
from core.personal import Personal
from core.settings import Settings
from hotline.hotlines import open_directory
from hotline.house import House
from hotline.tickets import own_profiles, profile, ticket_service
from telephony.hotlines.directory import Directory
from telephony.service import CallRecorder
from tickets.profile import Profile
from tickets.rules.intake import screen

log = structlog.get_logger(__name__)

_ALIKE = 0.45
"""Share of common words from which an earlier ticket is shown as probably the same matter."""


def models_directory(settings: Settings) -> Path:
    """Return where the models that are learned from own tickets are kept."""
    return settings.home / "prefill"


def transcript_service(house: House) -> TranscriptService:
    """Return the transcripts with proposals that know the regulation, the directory, tickets and articles."""
    followed = FollowedLabels(models_directory(house.settings))
    return TranscriptService(house.database, house.clock, followed.now, _Knowing(house).complete)


class _Knowing:
    """Completes proposals; what cannot be asked just now is left out and told in the log, never waited for."""

    def __init__(self, house: House) -> None:
        self._settings = house.settings
        self._profile = profile(house.settings.profile, own_profiles(house.settings))
        self._calls = CallRecorder(house.database, house.clock, house.settings.spool_dir)
        self._tickets = ticket_service(house)
        self._knowledge = KnowledgeService(house.database, house.clock)

    async def complete(self, call_id: str, said: Sequence[Said], proposals: Sequence[Proposal]) -> Sequence[Proposal]:
        """Return the proposals with reasons; those the regulation or the directory rules out are gone."""
        found = [one for each in proposals for one in self._completed(each, said)]
        try:
            found += [one async for one in self._matter(call_id, proposals)]
        except HotlineError as error:
            log.warning("proposals_not_completed", call_id=call_id, problem=error.code)
        return found

    def _completed(self, one: Proposal, said: Sequence[Said]) -> Iterator[Proposal]:
        match one.field:
            case "refusal":
                yield from refusal_with_clause(one, self._profile)
            case "hotline":
                directory = open_directory(self._settings)
                usable = (line for each in hotlines(said) for line in hotline_in_directory(each, directory))
                yield from islice(usable, 1)
            case "public_emergency":
                yield from emergency_with_clause(one, self._profile)
            case _:
                yield one

    async def _matter(self, call_id: str, told: Sequence[Proposal]) -> AsyncIterator[Proposal]:
        summary = next((one for one in told if one.field == "summary"), None)
        if summary is None:
            return
        if articles := await self._knowledge.fitting(summary.value):
            titles = "\n".join(f"{one.article.code} {one.article.title}" for one in articles)
            codes, words = " ".join(one.article.code for one in articles), "、".join(articles[0].words)
            yield Proposal("article", codes, round(articles[0].score, 2), summary.utterance_ids, words, titles)
        call = await self._calls.call(call_id)
        if call.caller is None:
            return
        earlier = await self._tickets.earlier(call.caller, Personal(summary.value), call_id)
        for one in earlier[:1]:
            if one.likeness >= _ALIKE:
                reason = f"同一来电号码的工单 {one.number}“{one.title}”,相似度 {one.likeness:.0%},可关联为重复诉求"
                yield Proposal("repeat", one.number, one.likeness, summary.utterance_ids, summary.words, reason)


def refusal_with_clause(one: Proposal, rules: Profile) -> Iterator[Proposal]:
    """Yield a ground with its clause and the words for the caller; nothing when the regulation does not list it."""
    for code in filter(None, (one.value, SAME_MATTER.get(one.value))):
        ground = screen(rules, code)
        if ground.outcome == "reject_with_guidance":
            who = "(须班长或主管决定)" if ground.needs_supervisor else ""
            yield replace(one, value=code, reason=f"{ground.clause}{who}:{ground.guidance}")
            return


def hotline_in_directory(one: Proposal, directory: Directory) -> Iterator[Proposal]:
    """Yield a line with its name; a cancelled one is ours now (YC-18), so that nobody is sent to it."""
    listed = directory.find(one.value)
    if listed is None:
        yield replace(one, confidence=one.confidence / 2, reason="未列入本地热线目录")
    elif not listed.cancelled:
        yield replace(one, reason=f"{listed.name}({listed.mode.title},{listed.clause or '本地目录'})")


def emergency_with_clause(one: Proposal, rules: Profile) -> Iterator[Proposal]:
    """Yield a topic of public emergencies where the regulation has one, with the limit it sets."""
    if rules.emergency is not None and one.value in rules.emergency.topics:
        transfer = rules.emergency.transfer
        title = rules.emergency.topics[one.value]
        yield replace(one, reason=f"{title}突发事件:{transfer.amount} 小时内电话转办({transfer.clause})")
