"""Profiles: complete, and refused with the place and the reason."""

import json
import tomllib
from pathlib import Path

import pytest

from core.errors import PartUnavailable
from tickets.profile import PROFILES, load_profile, stored_profile
from tickets.profile_files import names
from tickets.profile_values import Limit


def copy(tmp_path: Path, old: str, new: str) -> Path:
    (tmp_path / "_defaults.toml").write_bytes((PROFILES / "_defaults.toml").read_bytes())
    text = (PROFILES / "yichun.toml").read_text("utf-8")
    if old not in text:
        (tmp_path / "yichun.toml").write_text(text, "utf-8")
        text = (PROFILES / "_defaults.toml").read_text("utf-8")
        assert old in text
        (tmp_path / "_defaults.toml").write_text(text.replace(old, new, 1), "utf-8")
        (tmp_path / "changed.toml").write_text('inherits = "yichun"\n', "utf-8")
        return tmp_path
    (tmp_path / "changed.toml").write_text(text.replace(old, new, 1), "utf-8")
    return tmp_path


@pytest.mark.parametrize("name", names([PROFILES]))
def test_every_profile_loads_and_survives_being_stored(name: str) -> None:
    profile = load_profile(name)
    assert stored_profile(profile.canonical()) == profile
    assert stored_profile(profile.canonical()).version == profile.version


@pytest.mark.parametrize("name", names([PROFILES]))
def test_a_profile_that_an_earlier_release_kept_is_read_with_the_defaults_of_this_one(name: str) -> None:
    profile = load_profile(name)
    older = json.loads(profile.canonical())
    for section in ("people", "unit_approval", "faults"):
        del older[section]
    read = stored_profile(json.dumps(older))
    assert read.people.escalates.basis == "product_default"
    assert read.sign == profile.sign
    assert read.categories == profile.categories


@pytest.mark.parametrize(
    ("category", "days", "clause"),
    [
        ("consult", 2, "YC-14d"),
        ("help", 5, "YC-14e"),
        ("suggestion", 5, "YC-14e"),
        ("opinion", 5, "YC-14e"),
        ("complaint", 10, "YC-14f"),
        ("report", 10, "YC-14f"),
    ],
)
def test_yichun_sets_its_handling_limits(category: str, days: int, clause: str) -> None:
    limit = load_profile("yichun").categories[category].limit
    assert (limit.amount, limit.unit, limit.start, limit.clause) == (days, "working_days", "dispatched", clause)


def test_yichun_keeps_recordings_for_three_calendar_years() -> None:
    rule: Limit = load_profile("yichun").retention.recordings
    assert (rule.amount, rule.unit, rule.clause) == (3, "calendar_years", "YC-13.9b")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("amount = 2, unit", "amount = 0, unit", "categories.consult.limit.amount"),
        ('clause = "YC-14d"', 'clause = "see the text"', "categories.consult.limit.clause"),
        ('clause = "YC-14d", basis = "regulation"', 'clause = "YC-14d"', "categories.consult.limit.basis"),
        (
            'clause = "YC-14d", basis = "regulation"',
            'clause = "YC-14d", basis = "rumour"',
            "categories.consult.limit.basis",
        ),
        ('standing_categories = ["consult"]', 'standing_categories = ["praise"]', "standing_categories"),
        ('["08:30", "12:00"], ["14:00"', '["08:30", "15:00"], ["14:00"', "business_hours"),
        ("number_prefix", "number_prefx", "number_prefix"),
        ("value = 1\nbeyond", "value = 0\nbeyond", "extension.times"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(tmp_path: Path, old: str, new: str, place: str) -> None:
    with pytest.raises(PartUnavailable) as refused:
        load_profile("changed", copy(tmp_path, old, new))
    assert place in refused.value.problem
    assert "changed.toml" in refused.value.problem


def test_a_missing_profile_is_refused_with_the_known_names() -> None:
    with pytest.raises(PartUnavailable, match="yichun"):
        load_profile("atlantis")


def test_a_profile_inherits_and_replaces_a_period_whole(tmp_path: Path) -> None:
    for file in ("yichun.toml", "_defaults.toml"):
        (tmp_path / file).write_bytes((PROFILES / file).read_bytes())
    (tmp_path / "county.toml").write_text(
        'inherits = "yichun"\nname = "county"\n[categories.consult]\n'
        'limit = { amount = 1, unit = "working_days", start = "dispatched", clause = "YC-38", basis = "regulation" }\n',
        "utf-8",
    )
    county = load_profile("county", tmp_path)
    assert county.categories["consult"].limit.amount == 1
    assert county.categories["consult"].title == "咨询"
    assert county.categories["help"] == load_profile("yichun").categories["help"]
    assert county.version != load_profile("yichun").version


def test_a_circle_of_inheritance_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text('inherits = "two"\n', "utf-8")
    (tmp_path / "two.toml").write_text('inherits = "one"\n', "utf-8")
    with pytest.raises(PartUnavailable, match="循环"):
        load_profile("one", tmp_path)


def ruled(node: object) -> list[dict[str, str]]:
    """Every value of a profile that stands under a clause."""
    if isinstance(node, dict):
        own = [node] if "clause" in node else []
        return own + [found for value in node.values() for found in ruled(value)]
    return [found for value in node for found in ruled(value)] if isinstance(node, list) else []


@pytest.mark.parametrize("name", names([PROFILES]))
def test_what_rests_on_regulation_names_an_article_of_that_regulation(name: str) -> None:
    prefix = load_profile(name).number_prefix
    found = ruled(tomllib.loads((PROFILES / f"{name}.toml").read_text("utf-8")))
    assert len(found) > 20
    for value in found:
        allowed = (f"{prefix}-",) if value["basis"] == "regulation" else (f"{prefix}-", "AMB-", "PD-")
        assert value["clause"].startswith(allowed), value


def test_product_defaults_claim_no_regulation() -> None:
    found = ruled(tomllib.loads((PROFILES / "_defaults.toml").read_text("utf-8")))
    assert len(found) > 40
    assert {value["basis"] for value in found} == {"product_default"}


def test_yangzhou_says_whose_limits_it_uses() -> None:
    profile = load_profile("yangzhou")
    assert profile.inherited_from == "jiangsu"
    assert profile.categories == load_profile("jiangsu").categories
    assert profile.assessment.metrics["connect_rate"].target == 95


def test_the_operators_file_goes_before_the_products_and_may_inherit_it(tmp_path: Path) -> None:
    (tmp_path / "fujian.toml").write_text(
        'inherits = "fujian"\n[surveys]\n'
        'coverage_percent = { value = 50, clause = "FJ-23a", basis = "product_default" }\n',
        "utf-8",
    )
    own = load_profile("fujian", own=tmp_path)
    assert own.surveys.coverage_percent.value == 50
    assert own.categories == load_profile("fujian").categories
    assert own.version != load_profile("fujian").version
