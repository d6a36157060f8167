"""More than sixty dialogues as the recogniser writes them (`dialogues/spoken.yaml`), every field by itself."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from asr.prefill import Proposal, Said, propose

FILE = Path(__file__).parent / "dialogues" / "spoken.yaml"
DIALOGUES: list[dict[str, Any]] = yaml.safe_load(FILE.read_text("utf-8"))
SPEAKERS = {"A": "agent", "C": "caller"}


def fields(dialogue: dict[str, Any]) -> dict[str, Proposal]:
    said = [Said(str(at), SPEAKERS[line[0]], line[2:]) for at, line in enumerate(dialogue["said"])]
    return {one.field: one for one in propose(said)}


def results() -> dict[str, list[tuple[str, str, str]]]:
    told: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for dialogue in DIALOGUES:
        found = fields(dialogue)
        name = dialogue["said"][1][2:22]
        for field, wanted in dialogue["want"].items():
            told[field].append((name, str(wanted), found[field].value if field in found else ""))
        for field in dialogue.get("not", ()):
            told[field].append((name, "", found[field].value if field in found else ""))
    return told


RESULTS = results()


def test_there_are_more_than_sixty_and_no_two_begin_alike() -> None:
    assert len(DIALOGUES) >= 60
    assert len({dialogue["said"][1] for dialogue in DIALOGUES}) == len(DIALOGUES)


@pytest.mark.parametrize("field", sorted(RESULTS))
def test_each_field_is_right_in_nine_of_ten(field: str) -> None:
    wrong = [one for one in RESULTS[field] if one[1] != one[2]]
    assert len(wrong) <= len(RESULTS[field]) / 10, wrong


def test_every_proposal_names_its_words_and_utterances() -> None:
    for dialogue in DIALOGUES:
        for one in fields(dialogue).values():
            assert 0.0 < one.confidence < 1.0
            assert one.words
            assert all(0 <= int(at) < len(dialogue["said"]) for at in one.utterance_ids)
            assert one.utterance_ids
