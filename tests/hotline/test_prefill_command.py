"""`hotline prefill` and `hotline knowledge` as an operator runs them: closed tickets teach, a switch counts at once."""

import asyncio
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from asr.prefill.choice import FollowedLabels, Versions
from core.actors import SYSTEM
from core.clock import SystemClock
from core.errors import InvalidInput
from core.ids import new_id
from hotline.cli import app
from hotline.tickets import profile
from tests.hotline.conftest import opened
from tickets.channels import Channel, Opening
from tickets.service import TicketService

OPENINGS = ("宜阳大道", "秀江路", "朝阳路", "桥北路", "明月路", "药都大道", "瑞阳大道", "东风街")
MATTERS = {
    "complaint": ("竹编展馆讲解敷衍", "夜市音箱放到半夜", "门口堆放竹料挡路"),
    "suggestion": ("竹编课想多开几场", "展馆周末想延长开放", "想设一处竹编体验角"),
}
"""An operator's own trade: words of which the shipped rules know nothing."""


@pytest.fixture
def home(home: Path) -> Path:
    """An instance with forty-eight tickets that were answered and closed."""
    asyncio.run(_fill(home))
    return home


async def _fill(home: Path) -> None:
    async with opened(home) as database:
        tickets = TicketService(database, SystemClock(), profile("yichun"))
        for place in OPENINGS:
            for category, matters in MATTERS.items():
                for matter in matters:
                    fields = {"category": category, "title": matter, "summary": f"{place}{matter}"}
                    ticket_id = await tickets.open(Opening(Channel.CALL, new_id(), None, "12345"), SYSTEM, fields)
                    await tickets.answer_directly(ticket_id, SYSTEM, "已答复")


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_closed_tickets_teach_and_a_switch_counts_in_a_running_process(home: Path) -> None:
    running = FollowedLabels(home / "prefill")
    assert running.now() == {}
    trained = run("prefill", "train")
    assert trained.exit_code == 0, trained.output
    assert "hotline prefill switch on category" in trained.output
    assert "承办单位" in trained.output
    assert running.now() == {}, "nothing is used before it is switched on"
    (version,) = Versions(home / "prefill").all()
    assert (version.examples, version.is_better) == (48, True)
    assert version.name in run("prefill", "status").output
    assert "无需重启" in run("prefill", "switch", "on", "category").output
    assert running.now()["category"].tell(["明月路竹编课想多开几场"])[0][0] == "建议"
    assert "→" in run("prefill", "status").output
    assert run("prefill", "switch", "off", "category").exit_code == 0
    assert running.now() == {}


def test_a_model_file_that_is_not_the_one_evaluated_is_not_used(home: Path) -> None:
    run("prefill", "train")
    run("prefill", "switch", "on", "category")
    versions = Versions(home / "prefill")
    (version,) = versions.all()
    path = home / "prefill" / version.name
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(InvalidInput, match="评测时的文件不符"):
        versions.read(version.name)
    assert FollowedLabels(home / "prefill").now() == {}


@pytest.mark.usefixtures("home")
def test_what_cannot_be_switched_is_told() -> None:
    assert run("prefill", "switch", "on", "unit").exit_code != 0
    assert run("prefill", "switch", "on", "title").exit_code != 0
    assert "内置规则" in run("prefill", "status").output


@pytest.mark.usefixtures("home")
def test_articles_come_from_csv_and_markdown_and_are_searched(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "# 居住证怎么办\n编号:K1\n单位:市公安局\n\n带身份证到派出所。\n# 公积金提取\n网上办理。\n", "utf-8"
    )
    (tmp_path / "b.csv").write_bytes('\ufeff标题,内容\n老年卡,"满65岁,凭身份证办理"\n'.encode())
    assert "已导入 2 条,其中新增 2 条" in run("knowledge", "import", str(tmp_path / "a.md")).output
    assert "新增 1 条" in run("knowledge", "import", str(tmp_path / "b.csv")).output
    found = run("knowledge", "search", "办居住证").output
    assert "K1" in found
    assert "派出所" in found
    assert "共 3 条" in run("knowledge", "list").output
    assert run("knowledge", "drop", "K1").exit_code == 0
    assert run("knowledge", "drop", "K1").exit_code != 0
    assert run("knowledge", "import", str(tmp_path / "none.csv")).exit_code != 0
