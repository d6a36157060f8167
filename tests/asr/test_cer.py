"""Character error rate and digit strings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.cer import digit_accuracy, digit_strings, distance, error_rate, normalise


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("您好,我要投诉!", "您好我要投诉"),
        ("139 1234", "一三九一二三四"),
        ("幺幺零", "一一零"),
        ("vip卡", "VIP卡"),
        ("88号", "八八号"),
    ],
)
def test_texts_are_made_comparable(text: str, wanted: str) -> None:
    assert normalise(text) == wanted


@pytest.mark.parametrize(
    ("a", "b", "errors"), [("投诉", "投诉", 0), ("投诉", "投书", 1), ("", "好", 1), ("电梯坏了", "变体坏", 3)]
)
def test_edits_are_counted(a: str, b: str, errors: int) -> None:
    assert distance(a, b) == errors


@given(st.text("投诉电梯"), st.text("投诉电梯"))
def test_distance_is_symmetric_and_bounded(a: str, b: str) -> None:
    assert distance(a, b) == distance(b, a) <= max(len(a), len(b))
    assert (distance(a, b) == 0) == (a == b)


@pytest.mark.parametrize(
    ("wanted", "got", "errors"),
    [
        ("88号楼205室", "八十八号楼二零五室", 0),
        ("八十八号楼二百零五室", "88号楼205室", 0),
        ("电话13912345678", "电话一三九一二三四五六七八", 0),
        ("涨了3.5%", "涨了百分之三点五", 0),
        ("88号", "八十七号", 1),
        ("二〇二四年", "2024年", 0),
        ("88号", "九号", 2),
    ],
)
def test_numbers_in_digits_and_in_words_are_the_same(wanted: str, got: str, errors: int) -> None:
    assert error_rate([(wanted, got)]).errors == errors


def test_long_texts_weigh_more() -> None:
    rate = error_rate([("一二三四五六七八九", "一二三四五六七八九"), ("好", "坏")])
    assert (rate.errors, rate.characters, rate.percent) == (1, 10, 10.0)
    assert error_rate([("", "吵")]).percent == 100.0


def test_digit_strings_are_right_or_wrong_as_a_whole() -> None:
    assert digit_strings("电话139 1234 5678,在楼下") == ["一三九一二三四五六七八"]
    assert digit_accuracy([("一三九一二三四", "13912 34"), ("一二三四五", "一二三四六")]) == (1, 2)
