import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from core.errors import PartUnavailable
from core.personal import Personal, PersonalKeys
from core.wire import dumps, loads, read

KEYS = PersonalKeys(b"k" * 32)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("13912345678", "139****5678"),
        ("+8613912345678", "+86****5678"),
        ("36220119900101123X", "362****123X"),
        ("0795-3212345", "079****2345"),
        ("3212345", "3****45"),
        ("王小明", "王**"),
        ("王", "*"),
        ("", ""),
        ("宜春市袁州区人民路一百二十号三单元", "宜********"),
    ],
)
def test_masks(text: str, masked: str) -> None:
    assert Personal(text).masked == masked


@given(st.text(min_size=2))
def test_no_way_of_printing_shows_the_text(text: str) -> None:
    personal = Personal(text)
    shown = [
        str(personal),
        repr(personal),
        f"{personal}",
        f"{personal!r:>40}",
        " ".join(map(str, [personal])),
        json.dumps([str(personal)]),
    ]
    if len(set(text) - {"*"}) > 1 and text[1:].strip("*"):
        assert all(text not in one for one in shown)
    assert personal.reveal() == text


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_a_phone_shows_seven_digits_at_most(phone: str) -> None:
    masked = Personal(phone).masked
    assert sum(letter.isdigit() for letter in masked) == 7
    assert phone[3:7] not in masked.replace("*", "") or phone[3:7] in phone[:3] + phone[-4:]


@given(st.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True))
def test_an_id_card_does_not_show_the_date_of_birth(card: str) -> None:
    assert Personal(card).masked == f"{card[:3]}****{card[-4:]}"


@given(st.text())
def test_encryption_gives_the_text_back_and_never_the_same_blob_twice(text: str) -> None:
    blob = KEYS.encrypt(text)
    assert KEYS.decrypt(blob) == text
    assert KEYS.encrypt(text) != blob


@given(st.text(min_size=1), st.integers(0, 10_000))
def test_a_changed_blob_is_refused(text: str, position: int) -> None:
    blob = bytearray(KEYS.encrypt(text))
    blob[position % len(blob)] ^= 1
    with pytest.raises(PartUnavailable):
        KEYS.decrypt(bytes(blob))


@given(st.text(), st.text())
def test_the_search_hash_is_the_same_for_the_same_value_only(one: str, other: str) -> None:
    assert (KEYS.search_hash(one) == KEYS.search_hash(other)) == (one.strip() == other.strip())
    assert KEYS.search_hash(one) != PersonalKeys(b"x" * 32).search_hash(one)


def test_a_key_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        PersonalKeys(b"short")


def test_a_model_shows_the_mask_and_the_wire_carries_the_text() -> None:
    adapter = TypeAdapter(dict[str, Personal])
    assert adapter.dump_json({"name": Personal("王小明")}) == '{"name":"王**"}'.encode()
    sent = dumps({"name": Personal("王小明")})
    assert read(dict[str, Personal], loads(sent)) == {"name": Personal("王小明")}
