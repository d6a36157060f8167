"""Where numbers of cards were spoken, from the times of words."""

from datetime import UTC, datetime, timedelta

import pytest

from asr.private import NumberSpan, Spoken, number_spans, private_stretches, written
from asr.recogniser import Heard, Word

BEGIN = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SYLLABLE_MS = 200


def heard(*words: str, timed: bool = True) -> Heard:
    """An utterance that begins a second into its leg; every syllable takes 200 ms."""
    at, found = 1000, []
    for word in words:
        found.append(Word(word, at, at + SYLLABLE_MS * len(word), 0.9))
        at += SYLLABLE_MS * len(word)
    return Heard("".join(words), final=True, start_ms=1000, end_ms=at, confidence=0.9, words=tuple(found) * timed)


def call(*said: tuple[str, str]) -> list[Spoken]:
    """Utterances of a call, five seconds apart; words are parted by spaces."""
    spoken = []
    for number, (leg, text) in enumerate(said):
        one = heard(*text.split())
        at = BEGIN + timedelta(seconds=5 * number)
        length = timedelta(milliseconds=one.end_ms - one.start_ms)
        spoken.append(Spoken(leg, one.text, at, at + length, number_spans(one)))
    return spoken


def stretches(*said: tuple[str, str]) -> list[tuple[float, float]]:
    return [tuple((at - BEGIN).total_seconds() for at in one) for one in private_stretches(call(*said))]  # type: ignore[misc]


def test_digits_in_a_row_are_one_number_with_its_times() -> None:
    spans = number_spans(heard("号码", "三六二二", "零一", "一九九零", "是", "一二"))
    assert spans == (NumberSpan(400, 2400, 10),)
    assert NumberSpan.read(written(spans)) == spans


def test_without_times_of_words_all_of_the_utterance_counts() -> None:
    assert number_spans(heard("我的号码", "三六二二", timed=False)) == (NumberSpan(0, 1600, 4),)
    assert number_spans(heard("没有号码", timed=False)) == ()


def test_an_identity_number_is_found_with_a_margin() -> None:
    number = "三六二二零一一九八零零一零一一二三四"
    assert stretches(("caller", f"号码 是 {number} 谢谢")) == [(pytest.approx(0.4), pytest.approx(4.4))]


def test_what_the_agent_asks_for_is_found_though_it_is_short() -> None:
    asked = stretches(("agent", "请报 银行卡 后 四位"), ("caller", "尾数 六二二二 就 这个"))
    assert asked == [(pytest.approx(5.2), pytest.approx(6.4))]


def test_a_number_said_in_parts_is_one() -> None:
    parts = [("caller", "三六二二零一"), ("caller", "一九八零零一零一"), ("caller", "一二三四")]
    assert len(stretches(*parts)) == 3
    assert stretches(*parts[:1]) == []


def test_phones_tickets_and_house_numbers_stay() -> None:
    said = [
        ("caller", "电话 是 一三九一二三四五六七八"),
        ("agent", "工单 二零二六一一二三零零零一"),
        ("caller", "住 一二零三"),
    ]
    assert stretches(*said) == []


def test_long_after_it_was_asked_for_nothing_is_muted() -> None:
    said = [("agent", "身份证 带了 吗"), *[("caller", "带了")] * 7, ("caller", "我的 房号 是 一二零三")]
    assert stretches(*said) == []


@pytest.mark.parametrize("timed", [True, False])
def test_a_house_number_and_a_telephone_number_in_a_row_are_not_taken_for_a_card(timed: bool) -> None:
    said = [
        heard("我住", "明月路", "一二八八", "号", timed=timed),
        heard("我的", "电话", "是", "一三八零零一三八零零零", timed=timed),
    ]
    spoken = [
        Spoken(
            "caller", one.text, BEGIN + timedelta(seconds=5 * place), BEGIN + timedelta(seconds=5 * place + 4), spans
        )
        for place, one in enumerate(said)
        if (spans := number_spans(one))
    ]
    assert len(spoken) == 2
    assert private_stretches(spoken) == []


def test_without_times_only_digits_in_a_row_make_a_number() -> None:
    assert number_spans(heard("一楼", "二楼", "三楼", "四楼", "都", "漏水", timed=False)) == ()
    assert number_spans(heard("6222 0212 3456 7890", timed=False))[0].digits == 16
