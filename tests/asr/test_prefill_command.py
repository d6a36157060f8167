"""Prefill from the command line, and what is learned from an operator's own tickets."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from asr.prefill.__main__ import command
from asr.prefill.learning import LearnedLabels, evaluated, figures
from core.errors import InvalidInput

COMPLAINTS = ["工地夜间施工噪音扰民", "烧烤店油烟很大影响居民休息", "公司拖欠工资没人管", "物业不作为电梯一直没修"]
QUESTIONS = ["请问居住证怎么办理", "想咨询一下医保报销比例是多少", "请问何时可以申请公租房", "想了解学区怎么划分的"]


def examples(rounds: int = 6) -> tuple[list[str], list[str]]:
    texts = [f"{place}{text}" for place in [f"{n}号小区" for n in range(rounds)] for text in COMPLAINTS + QUESTIONS]
    return texts, (["投诉"] * 4 + ["咨询"] * 4) * rounds


def table(path: Path, rows: list[tuple[str, ...]]) -> Path:
    path.write_text("\n".join("\t".join(row) for row in rows) + "\n", "utf-8")
    return path


def test_each_row_becomes_a_line_of_fields(tmp_path: Path) -> None:
    file = table(tmp_path / "a.tsv", [("content",), ("我要投诉物业,电话13912345678",), ("请问居住证怎么办理",)])
    result = CliRunner().invoke(command, [str(file)])
    lines = [json.loads(line) for line in result.output.splitlines()]
    assert [line["category"]["value"] for line in lines] == ["投诉", "咨询"]
    assert lines[0]["contact_phone"]["value"] == "13912345678"


def test_the_last_line_of_an_evaluation_is_its_figures(tmp_path: Path) -> None:
    rows = [("category", "content"), ("投诉", "噪音扰民,特此投诉"), ("咨询", "请问何时完工"), ("举报", "今天天气")]
    result = CliRunner().invoke(command, [str(table(tmp_path / "a.tsv", rows)), "--evaluate", "category"])
    assert json.loads(result.output.splitlines()[-1]) == {"accuracy": 0.6667, "macro_f1": 0.5556}


def test_learning_from_another_table(tmp_path: Path) -> None:
    texts, labels = examples()
    train = table(tmp_path / "t.tsv", [("content", "category"), *zip(texts, labels, strict=True)])
    other = table(tmp_path / "o.tsv", [("content", "category"), ("请问社保怎么办理", "咨询"), ("施工噪音扰民", "投诉")])
    result = CliRunner().invoke(command, [str(other), "--evaluate", "category", "--train", str(train)])
    assert json.loads(result.output.splitlines()[-1]) == {"accuracy": 1.0, "macro_f1": 1.0}


def test_tables_of_any_make_are_read_and_empty_rows_left_out(tmp_path: Path) -> None:
    quoted = '\ufeff编号,content,category\r\n1,"我要投诉,""某""物业\n没人管",投诉\r\n,,\r\n2,请问怎么办理,\r\n'
    (tmp_path / "a.csv").write_bytes(quoted.encode())
    lines = CliRunner().invoke(command, [str(tmp_path / "a.csv")]).output.splitlines()
    assert [json.loads(line)["category"]["value"] for line in lines] == ["投诉", "咨询"]
    result = CliRunner().invoke(command, [str(tmp_path / "a.csv"), "--evaluate", "category"])
    assert json.loads(result.output.splitlines()[-1]) == {"accuracy": 1.0, "macro_f1": 1.0}
    (tmp_path / "b.tsv").write_bytes('content\tcategory\n他说"投诉\t投诉\n'.encode("gb18030"))
    assert json.loads(CliRunner().invoke(command, [str(tmp_path / "b.tsv")]).output)["category"]["value"] == "投诉"


@pytest.mark.parametrize("rows", [[("text",), ("没有内容列",)], [("content",)]])
def test_a_table_without_its_columns_is_refused(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    result = CliRunner().invoke(command, [str(table(tmp_path / "a.tsv", rows))])
    assert result.exit_code == 1
    assert "content" in result.output


def test_what_is_learned_is_kept_and_read_again(tmp_path: Path) -> None:
    model = LearnedLabels.train(*examples())
    model.write(tmp_path / "learned" / "category.model")
    again = LearnedLabels.read(tmp_path / "learned" / "category.model")
    assert again.tell(["工地施工噪音"]) == model.tell(["工地施工噪音"])
    assert not any(name.endswith(".new") for name in map(str, (tmp_path / "learned").iterdir()))
    assert (tmp_path / "learned" / "category.model").stat().st_mode & 0o777 == 0o600
    assert again.tell([]) == []


def test_damaged_or_foreign_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"damaged")
    with pytest.raises(InvalidInput, match="prefill train"):
        LearnedLabels.read(tmp_path / "x")
    with pytest.raises(InvalidInput):
        LearnedLabels.read(tmp_path / "absent")


def test_too_few_examples_teach_nothing() -> None:
    with pytest.raises(InvalidInput) as caught:
        LearnedLabels.train(["投诉"] * 30, ["投诉"] * 30)
    assert caught.value.code == "too_few_examples"


def test_evaluation_is_on_examples_not_seen() -> None:
    found = evaluated(*examples())
    assert found.examples == 48
    assert found.accuracy > 0.9
    assert figures(["甲", "甲", "乙"], ["甲", "甲", "甲"]).macro_f1 == pytest.approx(0.4)
