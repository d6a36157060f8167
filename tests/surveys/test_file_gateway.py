"""The file gateway: whole files out, each reply in once, bad files aside with the reason."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import InvalidInput, PartUnavailable
from core.personal import Personal
from surveys.gateways import IncomingSms, OutgoingSms
from surveys.gateways.file import FileGateway

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def put(gateway: FileGateway, name: str, content: bytes, *, seconds_old: int = 60) -> Path:
    gateway.inbox.mkdir(parents=True, exist_ok=True)
    path = gateway.inbox / name
    path.write_bytes(content)
    then = path.stat().st_mtime - seconds_old
    os.utime(path, (then, then))
    return path


def reply(text: str = "1") -> bytes:
    return json.dumps({"from": "13800138000", "text": text, "at": "2026-03-02T10:00:00+08:00"}).encode()


async def nothing(message: IncomingSms) -> None:
    raise AssertionError(f"nothing should have come: {message}")


async def test_a_message_is_one_whole_file_and_the_same_one_again_is_the_same_file(tmp_path: Path) -> None:
    gateway = FileGateway(tmp_path)
    message = OutgoingSms("018f-1", Personal("13800138000"), Personal("您好"), "survey", AT)
    assert await gateway.send(message) == await gateway.send(message)
    (path,) = gateway.outbox.iterdir()
    assert json.loads(path.read_text("utf-8")) == {
        "id": "018f-1", "to": "13800138000", "text": "您好", "kind": "survey", "at": "2026-03-02T01:00:00+00:00",
    }  # fmt: skip


async def test_a_hostile_message_id_stays_inside_the_outbox(tmp_path: Path) -> None:
    gateway = FileGateway(tmp_path / "sms")
    await gateway.send(OutgoingSms("../../escaped", Personal("1"), Personal("x"), "survey", AT))
    assert [path.parent for path in tmp_path.rglob("*.json")] == [gateway.outbox]  # noqa: ASYNC240 - a test


async def test_replies_are_taken_in_order_once_and_moved_when_done(tmp_path: Path) -> None:
    gateway, taken = FileGateway(tmp_path), []

    async def receive(message: IncomingSms) -> None:
        taken.append((message.sender.reveal(), message.text.reveal(), message.at.isoformat()))

    put(gateway, "b.json", reply("2"))
    put(gateway, "a.json", reply("1"))
    assert await gateway.poll(receive) == 2
    assert await gateway.poll(receive) == 0
    assert [text for _, text, _ in taken] == ["1", "2"]
    assert sorted(path.name for path in (gateway.inbox / "done").iterdir()) == ["a.json", "b.json"]


async def test_a_reply_whose_transaction_failed_stays_and_comes_again_under_the_same_id(tmp_path: Path) -> None:
    gateway, ids = FileGateway(tmp_path), []

    async def receive(message: IncomingSms) -> None:
        ids.append(message.message_id)
        if len(ids) == 1:
            raise PartUnavailable("database", "磁盘已满", remedy="释放空间")

    put(gateway, "a.json", reply())
    with pytest.raises(PartUnavailable):
        await gateway.poll(receive)
    assert await gateway.poll(receive) == 1
    assert ids[0] == ids[1]


async def test_another_message_in_a_file_of_the_same_name_is_another_message(tmp_path: Path) -> None:
    gateway, ids = FileGateway(tmp_path), []

    async def receive(message: IncomingSms) -> None:
        ids.append(message.message_id)

    put(gateway, "a.json", reply("1"), seconds_old=60)
    await gateway.poll(receive)
    put(gateway, "a.json", reply("3"), seconds_old=30)
    await gateway.poll(receive)
    assert len(set(ids)) == 2
    assert len(list((gateway.inbox / "done").iterdir())) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"not json",
        b"[]",
        b"\xff\xfe",
        b'{"from": "1", "text": "1"}',
        b'{"from": "1", "text": "1", "at": "2026-03-02T10:00:00"}',
        b'{"from": "", "text": "1", "at": "2026-03-02T10:00:00+08:00"}',
        b'{"from": "1", "text": "1", "at": "2026-03-02T10:00:00+08:00", "extra": 1}',
        json.dumps({"from": "1", "text": "x" * 3000, "at": "2026-03-02T10:00:00+08:00"}).encode(),
        b" " * 100_000 + b"{}",
    ],
)
async def test_a_bad_file_is_put_aside_with_the_reason(tmp_path: Path, content: bytes) -> None:
    gateway = FileGateway(tmp_path)
    put(gateway, "bad.json", content)
    assert await gateway.poll(nothing) == 0
    refused = gateway.inbox / "refused"
    assert (refused / "bad.json").read_bytes() == content
    assert (refused / "bad.reason.txt").read_text("utf-8").strip()
    assert await gateway.poll(nothing) == 0


async def test_a_file_that_is_still_being_written_is_left_alone(tmp_path: Path) -> None:
    gateway = FileGateway(tmp_path)
    path = put(gateway, "a.json", reply()[:20], seconds_old=0)
    assert await gateway.poll(nothing) == 0
    assert path.exists()


async def test_a_message_the_receiver_refuses_is_put_aside(tmp_path: Path) -> None:
    gateway = FileGateway(tmp_path)

    async def receive(message: IncomingSms) -> None:
        raise InvalidInput("text", f"太长:{len(message.text.reveal())}")

    put(gateway, "a.json", reply())
    assert await gateway.poll(receive) == 0
    assert "太长" in (gateway.inbox / "refused" / "a.reason.txt").read_text("utf-8")


async def test_an_unusable_directory_is_told_with_the_remedy(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", "utf-8")
    gateway = FileGateway(blocked)
    with pytest.raises(PartUnavailable, match="短信目录"):
        await gateway.send(OutgoingSms("a", Personal("1"), Personal("x"), "survey", AT))
    with pytest.raises(PartUnavailable, match="短信目录"):
        await gateway.poll(nothing)
