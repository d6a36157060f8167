"""`hotline outbox` as an operator runs it: what was given up is told without its contents, and tried anew."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from core.clock import SystemClock
from core.outbox import Deliverer, Delivery, Undeliverable, enqueue
from hotline.cli import app
from tests.hotline.conftest import opened


@pytest.fixture
def home(home: Path) -> Path:
    """An instance with two messages that were given up."""

    async def refuse(delivery: Delivery) -> None:
        del delivery
        raise Undeliverable("号码无效 13800138000")

    async def fill() -> None:
        clock = SystemClock()
        async with opened(home) as database:
            async with database.transaction() as session:
                for key in ("a:13800138000", "b"):
                    payload = {"to": "王建国"}
                    await enqueue(session, topic="surveys.sms_send", key=key, payload=payload, now=clock.now())
            await Deliverer(database, clock, {"surveys.sms_send": refuse}).run_once()

    asyncio.run(fill())
    return home


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["outbox", *words])


@contextmanager
def told(result: Result) -> Iterator[str]:
    assert result.exit_code == 0, result.output
    yield result.output


@pytest.mark.usefixtures("home")
def test_messages_given_up_are_listed_without_contents_and_tried_anew() -> None:
    with told(run("list")) as output:
        assert "投递失败 2 条" in output
        assert "surveys.sms_send" in output
        assert "undeliverable" in output
        assert "13800138000" not in output
        assert "王建国" not in output
        message_id = next(word for word in output.split() if word.count("-") == 4)
    with told(run("revive", message_id)) as output:
        assert "重新投递 1 条" in output
    assert run("revive", message_id).exit_code == 1
    with told(run("revive", "--topic", "surveys.sms_send")) as output:
        assert "重新投递 1 条" in output
    with told(run("list")) as output:
        assert "等待投递 2 条;投递失败 0 条" in output


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("words", [(), ("x",), ("x", "--topic", "y")])
def test_what_to_try_anew_must_be_said_plainly(words: tuple[str, ...]) -> None:
    assert run("revive", *words).exit_code == 1
