"""Syllables, number rules, near misses and the beam search, with the real language model."""

from pathlib import Path

import kenlm
import pytest

from asr.opening import cache_directory
from asr.pinyin import dictionary
from asr.pinyin.decoder import PinyinDecoder
from asr.pinyin.lexicon import readings
from asr.pinyin.numbers import digit_runs, spoken_numbers
from asr.pinyin.syllables import Syllable, near_misses, syllables
from core.settings import Settings


def heard(text: str) -> list[Syllable]:
    """Syllables from `wo3 yao4` notation."""
    return [Syllable(one[:-1], int(one[-1]), 0, 40, 1.0) for one in text.split()]


@pytest.mark.parametrize(
    ("units", "wanted"),
    [
        (["w", "ǒ"], [("wo", 3)]),
        (["zh", "ōng", "g", "uó"], [("zhong", 1), ("guo", 2)]),
        (["èr", "ān"], [("er", 4), ("an", 1)]),
        (["l", "ǜ", "x", "ǜ"], [("lv", 4), ("xu", 4)]),
        (["d", "e"], [("de", 5)]),
        (["A", "b", "ā"], [("A", 0), ("ba", 1)]),
    ],
)
def test_units_become_syllables(units: list[str], wanted: list[tuple[str, int]]) -> None:
    got = syllables(units, [0.0] * len(units), [0.0] * len(units))
    assert [(one.plain, one.tone) for one in got] == wanted


def test_a_syllable_has_the_time_of_its_units() -> None:
    (one,) = syllables(["zh", "ōng"], [0.2, 0.28], [0.0, -1.0])
    assert (one.start_ms, one.end_ms) == (200, 320)
    assert one.confidence == pytest.approx(0.6065, abs=1e-3)


def test_near_misses_are_what_accents_make() -> None:
    known = {"zi", "zhi", "ze", "lan", "nan", "nang", "shi", "ci"}
    assert "zhi" in near_misses("zi", known)
    assert set(near_misses("nan", known)) == {"lan", "nang"}


def test_digit_strings_need_three_digits() -> None:
    said = heard("yi1 san1 jiu3")
    assert [(first, text) for first, text, _ in digit_runs(said, 3)] == [(0, "一三九")]
    assert digit_runs(said, 2) == []


def test_a_digit_string_is_dearer_with_wrong_tones() -> None:
    right, wrong = (digit_runs(heard(text), 3)[0][2] for text in ("yi1 san1 jiu3", "yi1 san4 jiu3"))
    assert right - wrong == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("said", "number"),
    [("ba1 shi2 ba1", "八十八"), ("liang3 wan4 si4 qian1", "两万四千"), ("san1 bai3 er4 shi2", "三百二十")],
)
def test_spoken_numbers_are_found(said: str, number: str) -> None:
    syllables_heard = heard(said)
    assert (0, number) in [(first, text) for first, text, _ in spoken_numbers(syllables_heard, len(syllables_heard))]


@pytest.fixture(scope="module")
def real(pinyin_directory: Path) -> PinyinDecoder:
    model_file = pinyin_directory / "zh_CN.lm"
    model = kenlm.Model(str(model_file))
    words = dictionary.load(pinyin_directory / "sc.dict.txt", model_file, model, cache_directory(Settings()))
    return PinyinDecoder(words, model, readings(["袁州区", "钓台路"]))


def decoded(decoder: PinyinDecoder, text: str) -> str:
    sentence = decoder.sentence()
    sentence.update(heard(text))
    return "".join(word.text for word in sentence.best(final=True))


@pytest.mark.speech
@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("wo3 yao4 tou2 su4", "我要投诉"),
        ("wo3 men5 xiao3 qu1 ting2 shui3 le5", "我们小区停水了"),
        ("dian4 hua4 shi4 yi1 san1 jiu3 yi1 er4 san1 si4 wu3 liu4 qi1 ba1", "电话是一三九一二三四五六七八"),
        ("yao1 er4 san1 si4 wu3", "幺二三四五"),
        ("ba1 shi2 ba1 hao4", "八十八号"),
        ("zi1 xun2 ju1 zhu4 zheng4", "咨询居住证"),
        ("wo3 men5 xiao3 qu1 tin2 shui3 le5", "我们小区停水了"),
        ("yuan2 zhou1 qu1 diao4 tai2 lu4", "袁州区钓台路"),
        ("zui4 jin4 zao4 yin1 rao3 min2", "最近噪音扰民"),
    ],
)
def test_words_are_found(real: PinyinDecoder, said: str, wanted: str) -> None:
    assert decoded(real, said) == wanted


@pytest.mark.speech
def test_growing_word_by_word_ends_where_the_whole_would(real: PinyinDecoder) -> None:
    said = heard("wo3 men5 xiao3 qu1 de5 dian4 ti1 huai4 le5 san1 tian1 dou1 mei2 you3 ren2 lai2 xiu1")
    growing = real.sentence()
    for end in range(1, len(said) + 1):
        # the engine changes its mind about the last syllable now and then
        growing.update([*said[: end - 1], Syllable("a", 5, 0, 40, 1.0)])
        growing.update(said[:end])
    whole = real.sentence()
    whole.update(said)
    assert growing.best(final=True) == whole.best(final=True)


@pytest.mark.speech
def test_the_compiled_dictionary_is_the_dictionary(pinyin_directory: Path, tmp_path: Path) -> None:
    source = tmp_path / "sc.dict.txt"
    source.write_text("我 wo 0\n投诉 tou'su 0\n伯 ba -5.3\nbroken\n", "utf-8")
    model_file = pinyin_directory / "zh_CN.lm"
    model = kenlm.Model(str(model_file))
    first = dictionary.load(source, model_file, model, tmp_path / "cache")
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".json"]
    again = dictionary.load(source, model_file, model, tmp_path / "cache")
    assert again == first
    assert first["tou'su"][0].tones == "24"
    next((tmp_path / "cache").iterdir()).write_text("{damaged", "utf-8")
    assert dictionary.load(source, model_file, model, tmp_path / "cache") == first
