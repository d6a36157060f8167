"""What replies mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.personal import Personal
from surveys.events import Rating
from surveys.numbers import mobile_of
from surveys.replies import parse, ticket_number


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        ("1", Rating.SATISFIED),
        (" 1 ", Rating.SATISFIED),
        ("\uff11", Rating.SATISFIED),
        ("1。", Rating.SATISFIED),
        ("【1】", Rating.SATISFIED),
        ("回复1", Rating.SATISFIED),
        ("1满意", Rating.SATISFIED),
        ("满 意", Rating.SATISFIED),
        ("满意!", Rating.SATISFIED),
        ("2", Rating.BASICALLY_SATISFIED),
        ("\uff12", Rating.BASICALLY_SATISFIED),
        ("基本满意", Rating.BASICALLY_SATISFIED),
        ("3", Rating.DISSATISFIED),
        ("\u3000\uff13 ", Rating.DISSATISFIED),
        ("不满意", Rating.DISSATISFIED),
        ("3.不满意", Rating.DISSATISFIED),
        ("非常不满意!!", Rating.DISSATISFIED),
        ("YC20260302-000001 3", Rating.DISSATISFIED),
        ("yc20260302-000001 满意", Rating.SATISFIED),
    ],
)
def test_ratings_are_understood_in_the_ways_people_write_them(text: str, rating: Rating) -> None:
    assert parse(text) is rating


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "4",
        "0",
        "13",
        "31",
        "1不满意",
        "3满意",
        "满意不满意",
        "谢谢",
        "你们什么时候来修",
        "1138001380",
        "①②",
        "好",
    ],
)
def test_what_is_not_sure_is_left_to_a_person(text: str) -> None:
    assert parse(text) is None


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    assert parse(text) in {None, *Rating}


def test_a_reply_may_name_its_ticket() -> None:
    assert ticket_number("yc20260302-000012 1") == "YC20260302-000012"
    assert ticket_number("1") is None


@pytest.mark.parametrize(
    ("phone", "mobile"),
    [
        ("13800138000", "13800138000"),
        ("+8613800138000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("07953212345", None),
        ("12345", None),
        ("8001", None),
        ("anonymous", None),
        ("+14155550100", None),
    ],
)
def test_only_mobiles_can_be_texted(phone: str, mobile: str | None) -> None:
    found = mobile_of(Personal(phone))
    assert (found.reveal() if found else None) == mobile
