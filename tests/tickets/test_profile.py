"""Profiles: complete, and refused with the place and the reason."""

import tomllib
from pathlib import Path

import pytest

from core.errors import PartUnavailable
from tickets.profile import PROFILES, Profile, load_profile
from tickets.profile_values import Limit


def copy(tmp_path: Path, old: str, new: str) -> Path:
    text = (PROFILES / "yichun.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "changed.toml").write_text(text.replace(old, new, 1), "utf-8")
    return tmp_path


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_profile_loads_and_survives_being_stored(path: Path) -> None:
    profile = load_profile(path.stem)
    assert Profile.model_validate_json(profile.canonical()) == profile
    assert Profile.model_validate_json(profile.canonical()).version == profile.version


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
        ('basis = "regulation" }', 'basis = "rumour" }', "categories.consult.limit.basis"),
        ('standing_categories = ["consult"]', 'standing_categories = ["praise"]', "standing_categories"),
        ('["08:30", "12:00"], ["14:00"', '["08:30", "15:00"], ["14:00"', "business_hours"),
        ("number_prefix", "number_prefx", "number_prefix"),
        ("times = 1", "times = 0", "extension.times"),
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
    (tmp_path / "yichun.toml").write_bytes((PROFILES / "yichun.toml").read_bytes())
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


def test_every_clause_of_yichun_names_an_article_or_a_reading() -> None:
    data = tomllib.loads((PROFILES / "yichun.toml").read_text("utf-8"))

    def clauses(node: object) -> list[str]:
        if isinstance(node, dict):
            own = [node["clause"]] if "clause" in node else []
            return own + [clause for value in node.values() for clause in clauses(value)]
        return [clause for value in node for clause in clauses(value)] if isinstance(node, list) else []

    found = clauses(data)
    assert len(found) > 50
    assert all(clause.startswith(("YC-", "AMB-")) for clause in found)
