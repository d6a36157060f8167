"""All fields of the ticket from all that was said so far."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, pairwise

from asr.prefill.categories import category_of
from asr.prefill.hotlines import EMERGENCY_LINES, hotlines_in
from asr.prefill.numerals import phones
from asr.prefill.people import name_in
from asr.prefill.places import place_in
from asr.prefill.proposals import Labeller, Proposal, Said
from asr.prefill.refusals import refusal_in
from asr.prefill.subjects import subject_of
from asr.prefill.times import is_instant, time_in, time_written
from asr.prefill.units import UnitWord, shipped_units, unit_of
from asr.prefill.urgency import EMERGENCIES, urgency_of
from asr.prefill.written import written

_TITLE_LENGTH = 30
_SUMMARY_LENGTH = 300
_SHORTEST_MATTER = 6
_CONFIRMED = re.compile("^(?:对|是|嗯|好|没错|没问题|正确|可以)")
_GREETING = re.compile(
    "^(?:[喂嗯哎啊呃，,。、 ]|你好|您好|那个|就是说|请问一下"
    "|我(?:是)?(?:想|要)?(?:反映|打电话)(?:一下|一个问题)?(?:就是)?)+"
)
_WISH = re.compile("^(?:我要|我想|我)?(?:投诉|举报|咨询|求助|反映|建议)(?:一下)?[，,：:]?")
_NOT_MATTER = re.compile(
    "^(?:对|是|是的|好|好的|嗯|没有|谢谢.{0,4}|再见|可以|没错|不用|知道)(?:[啊吧呢了]?[，,。.!！ ]|$)"
    "|(?:电话|手机|号码|姓|地址)(?:是|,|,|$)|我姓|我叫"
)
_QUESTION = re.compile("[吗呢嘛][?？]?$|[?？]$|要不要|能不能|可不可以|哪个|哪里|多少|怎么办理|怎么换|行不行")
_CORRECTED = re.compile("不对|错了|说错|更正|不是.{0,6}是")
_DISTRICT = re.compile("^.{2,12}?[区县市]")
_CRITICAL = frozenset({"生命安全", "火灾"})


def propose(
    said: Sequence[Said], units: Sequence[UnitWord] | None = None, learned: Mapping[str, Labeller] | None = None
) -> list[Proposal]:
    """Work out the proposals. Only what the caller said counts; what the agent read back only confirms it.

    Args:
        said: finished utterances, oldest first.
        units: words that point to units; None: the shipped list.
        learned: what an operator's own tickets taught, by field (`category`, `unit`); it goes before the rules.

    Returns:
        At most one proposal a field: category (Chinese word), subject (一级/二级/三级), title, summary, place,
        contact_phone, caller_name, unit (its name), urgency (`urgent` or `critical`), public_emergency (topic of
        YC-15), occurred (when, in the caller's words), hotline (the line to bring in), refusal (code of a ground in
        the regional profile).
    """
    caller = [one for one in said if one.speaker == "caller" and one.text.strip()]
    labels = learned or {}
    found = [*_matter(caller), *_category(caller, labels.get("category"))]
    found += [*_subject(caller), *_place(said), *_phone(said), *_name(caller), *_urgency(caller)]
    found += [*_occurred(caller), *islice(hotlines(said), 1), *_refusal(caller)]
    return [*found, *_unit(caller, shipped_units() if units is None else units, labels.get("unit"))]


def _matter(caller: Sequence[Said]) -> Iterator[Proposal]:
    telling = [one for one in caller if _is_matter(one.text)]
    if not telling:
        return
    first = telling[0]
    yield Proposal("title", written(_title(first.text)), 0.6, (first.utterance_id,), first.text)
    summary = "。".join(_trimmed(one.text).rstrip("。.") for one in telling)[:_SUMMARY_LENGTH] + "。"
    ids = tuple(one.utterance_id for one in telling)
    yield Proposal("summary", written(summary), 0.6, ids, "\n".join(one.text for one in telling))


def _category(caller: Sequence[Said], learned: Labeller | None) -> Iterator[Proposal]:
    found = category_of([one.text for one in caller])
    telling = [one for one in caller if _is_matter(one.text)]
    if told := _learned("category", caller, learned):
        yield told
    elif found:
        category, confidence, words, index = found
        yield Proposal("category", category, confidence, (caller[index].utterance_id,), words)
    elif telling:
        first = telling[0]
        yield Proposal("category", _likely([one.text for one in caller]), 0.4, (first.utterance_id,), first.text)


def _likely(texts: Sequence[str]) -> str:
    """What a matter is when no word of it names a category: danger asks for help, a question for an answer."""
    line = next(hotlines_in(texts), ("", "", 0))[0]
    if line in EMERGENCY_LINES or any((found := urgency_of(text)) and found[0] in _CRITICAL for text in texts):
        return "求助"
    return "咨询" if any(_QUESTION.search(text) for text in texts) else "投诉"


def _learned(field: str, caller: Sequence[Said], learned: Labeller | None) -> Proposal | None:
    """What the operator's own tickets say of the whole matter; nothing as long as no matter was told."""
    telling = [one for one in caller if _is_matter(one.text)]
    if learned is None or not telling:
        return None
    text = "。".join(one.text for one in telling)
    label, chance = learned.tell([text])[0]
    ids = tuple(one.utterance_id for one in telling)
    return Proposal(field, label, chance, ids, text, "由本地已办结工单学得")


def _subject(caller: Sequence[Said]) -> Iterator[Proposal]:
    if found := subject_of([one.text for one in caller]):
        subject, confidence, words, indexes = found
        ids = tuple(caller[index].utterance_id for index in indexes)
        yield Proposal("subject", subject, confidence, ids, "、".join(words))


def _place(said: Sequence[Said]) -> Iterator[Proposal]:
    candidates: list[tuple[bool, bool, bool, int, int, Said, tuple[str, str]]] = []
    for index, one in enumerate(said):
        if one.speaker == "caller" and (found := place_in(one.text)):
            asked = (
                index > 0
                and said[index - 1].speaker == "agent"
                and bool(re.search("地址|哪里|位置|什么地方", said[index - 1].text))
            )
            named = bool(re.search("地址|位于|住在|地点", one.text))
            exact = any(char.isdigit() for char in found[0])
            corrected = bool(_CORRECTED.search(one.text)) and bool(candidates)
            candidates.append((corrected, asked or named, exact, len(found[0]), index, one, found))
    if candidates:
        corrected, told, exact, _, _, one, (place, words) = max(candidates, key=lambda candidate: candidate[:5])
        if corrected and not _DISTRICT.match(place) and (before := _DISTRICT.match(candidates[0][-1][0])):
            place = before.group() + place  # who corrects a street does not say the district again
        yield Proposal("place", place, 0.5 + 0.2 * told + 0.15 * exact, (one.utterance_id,), words)


def _phone(said: Sequence[Said]) -> Iterator[Proposal]:
    told = [
        (index, one, phone)
        for index, one in enumerate(said)
        if one.speaker == "caller"
        for phone in phones(one.text)[:1]
    ]
    if told:
        index, one, phone = max(told, key=lambda each: (each[2].mobile, each[0]))
        repeated = [
            other.utterance_id
            for other in said[index + 1 :]
            if other.speaker == "agent" and phone.number in {again.number for again in phones(other.text)}
        ]
        confidence = 0.95 if repeated else 0.85 if phone.mobile else 0.6
        yield Proposal("contact_phone", phone.number, confidence, (one.utterance_id, *repeated), phone.words)
        return
    yield from _phone_read_back(said)


def _phone_read_back(said: Sequence[Said]) -> Iterator[Proposal]:
    """A number that only the agent said counts when the caller says yes to it."""
    for one, answer in pairwise(said):
        found = phones(one.text)
        if one.speaker == "agent" and answer.speaker == "caller" and found and _CONFIRMED.match(answer.text):
            ids = (one.utterance_id, answer.utterance_id)
            yield Proposal("contact_phone", found[0].number, 0.75, ids, found[0].words)
            return


def _name(caller: Sequence[Said]) -> Iterator[Proposal]:
    found = [(one, told) for one in caller if (told := name_in(one.text))]
    if found:
        one, (name, words, confidence) = max(found, key=lambda each: each[1][2])
        yield Proposal("caller_name", name, confidence, (one.utterance_id,), words)


def _urgency(caller: Sequence[Said]) -> Iterator[Proposal]:
    found = [(one, urgent) for one in caller if (urgent := urgency_of(one.text))]
    if found:
        one, (topic, words) = next((each for each in found if each[1][0] in _CRITICAL), found[0])
        value = "critical" if topic in _CRITICAL else "urgent"
        yield Proposal("urgency", value, 0.7, (one.utterance_id,), words, topic)
    public = [(one, topic, words) for one, (topic, words) in found if topic in EMERGENCIES]
    if public:
        one, topic, words = public[0]
        yield Proposal("public_emergency", EMERGENCIES[topic], 0.7, (one.utterance_id,), words, topic)


def _occurred(caller: Sequence[Said]) -> Iterator[Proposal]:
    found = [(one, words) for one in caller if (words := time_in(one.text))]
    if found:
        one, words = max(found, key=lambda each: (is_instant(each[1]), len(each[1])))
        yield Proposal("occurred", time_written(words), 0.6, (one.utterance_id,), words)


def hotlines(said: Sequence[Said]) -> Iterator[Proposal]:
    """Yield every line that the matter may belong to, the most urgent first; which are in use the directory knows."""
    caller = [one for one in said if one.speaker == "caller"]
    for number, words, index in hotlines_in([one.text for one in caller]):
        yield Proposal("hotline", number, 0.6, (caller[index].utterance_id,), words)


def _refusal(caller: Sequence[Said]) -> Iterator[Proposal]:
    for one in caller:
        if found := refusal_in(one.text):
            yield Proposal("refusal", found[0], 0.5, (one.utterance_id,), found[1])
            return


def _unit(caller: Sequence[Said], units: Sequence[UnitWord], learned: Labeller | None) -> Iterator[Proposal]:
    if told := _learned("unit", caller, learned):
        yield told
    elif found := unit_of([one.text for one in caller], units):
        unit, confidence, words, indexes = found
        ids = tuple(caller[index].utterance_id for index in indexes)
        yield Proposal("unit", unit, confidence, ids, "、".join(words), f"提到{'、'.join(words)}")


def _is_matter(text: str) -> bool:
    return len(_matter_of(text)) >= _SHORTEST_MATTER


def _matter_of(text: str) -> str:
    """What of an utterance tells the matter: 我叫王建国,电话…,路灯坏了三天 → 路灯坏了三天."""
    trimmed = _trimmed(text)
    if not _NOT_MATTER.search(trimmed[:12]):
        return trimmed
    clauses = re.split("[,，。;；]", trimmed)
    return ",".join(one for one in clauses[1:] if not _NOT_MATTER.search(one) and not phones(one))


def _trimmed(text: str) -> str:
    return _GREETING.sub("", text).strip()


def _title(text: str) -> str:
    plain = _WISH.sub("", _matter_of(text)).strip("，,。 ")
    if len(plain) <= _TITLE_LENGTH:
        return plain.rstrip("。？?！!，,")
    cut = max((plain.rfind(mark, 8, _TITLE_LENGTH) for mark in "，,。；;！!？?"), default=-1)
    return plain[: cut if cut > 0 else _TITLE_LENGTH]
