"""Files at events of the ledger: taken by their contents, kept with their hash, erased when their time is over."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.actors import Actor, Role
from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from tests.tickets.conftest import AGENT, REVIEWER, Desk
from tickets.attachments.kinds import MOST_BYTES, kind_of
from tickets.service import TicketService

PHOTO = b"\xff\xd8\xff\xe0" + b"photo of a lamp" * 20


@pytest.fixture
def filed(desk: Desk, tmp_path: Path) -> Desk:
    desk.tickets = TicketService(desk.database, desk.clock, desk.tickets.profile, files=tmp_path)
    return desk


def _files(path: Path) -> list[Path]:
    return [found for found in path.rglob("*") if found.is_file() and found.suffix in {".jpg", ".part"}]


async def test_a_file_is_kept_under_its_hash_and_each_look_at_it_stands_in_the_ledger(
    filed: Desk, tmp_path: Path
) -> None:
    ticket_id = await filed.signed()
    made = await filed.tickets.attach(ticket_id, filed.unit, "现场 13800138000.jpg", PHOTO, note="处理前")
    assert "13800138000" not in str(made)
    seen, contents = await filed.tickets.attachment_file(ticket_id, made.id, REVIEWER)
    assert (contents, seen.media_type) == (PHOTO, "image/jpeg")
    ledger = await filed.tickets.ledger(ticket_id)
    assert [entry.event for entry in ledger[-2:]] == ["attached", "revealed"]
    assert ledger[-2].data["sha256"] == made.sha256
    assert made.seq == ledger[-2].seq
    assert await filed.tickets.verify_ledger(ticket_id) is None
    (path,) = _files(tmp_path)
    assert path.stat().st_mode & 0o077 == 0
    path.write_bytes(PHOTO + b"!")
    with pytest.raises(Conflict, match="不符"):
        await filed.tickets.attachment_file(ticket_id, made.id, REVIEWER)


@pytest.mark.parametrize(
    ("contents", "code"),
    [
        (b"", "attachment_size"),
        (b"\xff\xd8\xff" + bytes(MOST_BYTES), "attachment_size"),
        (b"<html><script>", "attachment_kind"),
        (b"MZ\x90", "attachment_kind"),
        (b"PK\x03\x04 a plain zip", "attachment_kind"),
    ],
)
async def test_what_is_too_large_or_of_another_kind_is_refused_and_leaves_nothing(
    filed: Desk, tmp_path: Path, contents: bytes, code: str
) -> None:
    ticket_id = await filed.signed()
    length = len(await filed.tickets.ledger(ticket_id))
    with pytest.raises(InvalidInput) as refused:
        await filed.tickets.attach(ticket_id, filed.unit, "a.jpg", contents)
    assert refused.value.code == code
    assert len(await filed.tickets.ledger(ticket_id)) == length
    assert _files(tmp_path) == []


async def test_an_assisting_unit_may_add_a_file_and_a_stranger_sees_none(filed: Desk) -> None:
    ticket_id = await filed.signed()
    with pytest.raises(NotFound):
        await filed.tickets.attach(ticket_id, filed.other_unit, "a.jpg", PHOTO)
    await filed.tickets.assist(ticket_id, REVIEWER, [filed.other_unit.unit_id or ""])
    made = await filed.tickets.attach(ticket_id, filed.other_unit, "a.jpg", PHOTO)
    assert [one.id for one in await filed.tickets.attachments(ticket_id, AGENT)] == [made.id]


async def test_files_are_erased_when_the_time_of_the_archived_ticket_is_over(filed: Desk, tmp_path: Path) -> None:
    ticket_id = await filed.draft()
    made = await filed.tickets.attach(ticket_id, AGENT, "a.jpg", PHOTO)
    await filed.tickets.reject(ticket_id, AGENT, "state_secret")
    with pytest.raises(Conflict):
        await filed.tickets.attach(ticket_id, AGENT, "late.jpg", PHOTO)
    await filed.tickets.archive(ticket_id, REVIEWER)
    assert await filed.tickets.erase_attachments() == 0
    filed.clock.advance(timedelta(days=3 * 366 + 1))
    assert await filed.tickets.erase_attachments() == 1
    assert await filed.tickets.erase_attachments() == 0
    assert _files(tmp_path) == []
    (left,) = await filed.tickets.attachments(ticket_id, REVIEWER)
    assert (left.id, left.name, left.sha256) == (made.id, None, made.sha256)
    assert left.erased_at == filed.clock.now()
    last = (await filed.tickets.ledger(ticket_id))[-1]
    assert (last.event, last.data["clause"]) == (
        "attachment_erased",
        filed.tickets.profile.retention.unit_archive.clause,
    )
    with pytest.raises(Conflict, match="已删除"):
        await filed.tickets.attachment_file(ticket_id, made.id, REVIEWER)


async def test_files_of_a_duplicate_are_erased_with_those_of_the_ticket_it_was_merged_into(
    filed: Desk, tmp_path: Path
) -> None:
    last, middle, root = await filed.draft(), await filed.draft(), await filed.draft()
    for ticket_id in (last, middle, root):
        await filed.tickets.attach(ticket_id, AGENT, "a.jpg", PHOTO)
    await filed.tickets.merge(last, AGENT, middle, "同一事项")
    await filed.tickets.merge(middle, AGENT, root, "同一事项")
    filed.clock.advance(timedelta(days=4 * 366))
    assert await filed.tickets.erase_attachments() == 0, "nothing has an end before the matter has"
    await filed.tickets.reject(root, AGENT, "state_secret")
    await filed.tickets.archive(root, REVIEWER)
    assert len(_files(tmp_path)) == 3
    filed.clock.advance(timedelta(days=3 * 366 + 1))
    assert await filed.tickets.erase_attachments() == 3
    assert _files(tmp_path) == []
    for ticket_id in (last, middle):
        assert (await filed.tickets.ledger(ticket_id))[-1].event == "attachment_erased"
        assert await filed.tickets.verify_ledger(ticket_id) is None


async def test_files_of_cases_have_no_date_of_their_own(filed: Desk) -> None:
    (category, *_) = filed.tickets.profile.retention.case_rules_categories
    ticket_id = await filed.draft(category)
    await filed.tickets.attach(ticket_id, AGENT, "a.jpg", PHOTO)
    await filed.tickets.reject(ticket_id, AGENT, "state_secret")
    await filed.tickets.archive(ticket_id, REVIEWER)
    filed.clock.advance(timedelta(days=20 * 366))
    assert await filed.tickets.erase_attachments() == 0


async def test_who_only_looks_after_quality_adds_nothing(filed: Desk) -> None:
    with pytest.raises(Forbidden):
        await filed.tickets.attach(await filed.signed(), Actor("q", "质检员", Role.INSPECTOR), "a.jpg", PHOTO)


def test_a_kind_is_told_by_its_contents() -> None:
    assert kind_of(b"%PDF-1.7") == ("pdf", "application/pdf")
    assert kind_of(b"RIFF\x00\x00\x00\x00WAVEfmt ") == ("wav", "audio/wav")
    assert kind_of(b"\x00\x00\x00\x18ftypmp42") == ("mp4", "video/mp4")
    word = kind_of(b"PK\x03\x04....word/document.xml")
    assert word is not None
    assert word[0] == "docx"
