"""The sealed case file: what is in it, who gets it, and that a change of any byte is found."""

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from docx import Document
from typer.testing import CliRunner

from core.errors import Conflict, Forbidden, NotFound
from core.personal import PersonalKeys
from core.seal import Seal
from core.secrets import Secrets
from hotline.cli import app
from tests.tickets.conftest import REVIEWER, SUPERVISOR, Desk
from tickets.attachments.kinds import Purpose
from tickets.casefile.bundle import check, pack
from tickets.casefile.gather import Fact

OTHER = replace(SUPERVISOR, account_id="supervisor-2", name="副主管")
PHOTO = b"\xff\xd8\xff\xe0photo"


class Found:
    """What the other rooms would say."""

    async def recordings(self, call_ids: Sequence[str]) -> Sequence[Fact]:
        return [{"录音": "r1", "通话": call_id, "SHA-256": "ab" * 32} for call_id in call_ids]

    async def callbacks(self, ticket_id: str) -> Sequence[Fact]:
        return [{"轮次": "0", "评价": "dissatisfied"}]


@pytest.fixture
async def sealed(desk: Desk, tmp_path: Path) -> tuple[str, str]:
    """Ticket and case file of a matter that went wrong, made and waiting to be fetched."""
    desk.tickets.files = tmp_path / "files"
    ticket_id = await desk.draft(call_id="call-1", unit_id=desk.unit.unit_id)
    tickets = desk.tickets
    await tickets.accept(ticket_id, replace(REVIEWER, role=SUPERVISOR.role.SHIFT_LEADER))
    await tickets.approve(ticket_id, REVIEWER)
    await tickets.dispatch(ticket_id, REVIEWER)
    await tickets.sign(ticket_id, desk.unit)
    await tickets.attach(ticket_id, REVIEWER, "协调会纪要.jpg", PHOTO, purpose=Purpose.MEETING)
    await tickets.issue_notice(ticket_id, SUPERVISOR, kind="督办通知单", demand="限期修复", days=3)
    await tickets.answer(ticket_id, desk.unit, "已更换灯泡")
    asked = await tickets.ask_case_file(ticket_id, REVIEWER, reason="移送问责", recipient="市纪委监委")
    with pytest.raises(Forbidden):
        await tickets.decide_case_file(asked.id, REVIEWER, approved=True)
    await tickets.decide_case_file(asked.id, SUPERVISOR, approved=True)
    assert await tickets.make_case_files(Found()) == 1
    assert await tickets.make_case_files(Found()) == 0
    return ticket_id, asked.id


async def test_a_case_file_holds_everything_and_is_checked_by_anybody_with_the_key(
    desk: Desk, sealed: tuple[str, str]
) -> None:
    ticket_id, case_id = sealed
    name, path = await desk.tickets.fetch_case_file(case_id, REVIEWER)
    assert name == f"案卷-{(await desk.tickets.get(ticket_id)).number}.zip"
    checked = check(path)
    assert (checked.faults, checked.number) == ((), name[3:-4])
    with zipfile.ZipFile(path) as bundle:
        names = bundle.namelist()
        manifest = json.loads(bundle.read("manifest.json"))
        words = Document(io.BytesIO(bundle.read("案卷.docx")))
        ledger = json.loads(bundle.read("台账.json"))
        assert json.loads(bundle.read("录音.json"))[0]["通话"] == "call-1"
        photo = next(one for one in names if one.startswith("材料/"))
        assert bundle.read(photo) == PHOTO
    assert {"案卷.pdf", "回访.json"} <= set(names)
    assert any(one.startswith("文书/督办通知单") for one in names)
    assert manifest["mark"].startswith("内部资料")
    assert "市纪委监委" in manifest["mark"]
    told = "".join(cell.text for table in words.tables for row in table.rows for cell in row.cells)
    assert all(part in told for part in ("小区门口的路灯三天不亮", "已更换灯泡", "会议材料(协调纪要)", "限期修复"))
    assert words.sections[0].footer.paragraphs[0].text == manifest["mark"]
    assert len(ledger) == manifest["ledger_length"] == checked.events


async def test_its_hash_and_each_fetch_stand_in_the_ledger(desk: Desk, sealed: tuple[str, str]) -> None:
    ticket_id, case_id = sealed
    _, path = await desk.tickets.fetch_case_file(case_id, REVIEWER)
    made, fetched = (await desk.tickets.ledger(ticket_id))[-2:]
    assert (made.event, made.data["sha256"]) == ("case_sealed", hashlib.sha256(path.read_bytes()).hexdigest())
    assert (fetched.event, fetched.actor_id, fetched.data["case_id"]) == ("revealed", "reviewer-1", case_id)
    assert await desk.tickets.verify_ledger(ticket_id) is None
    with pytest.raises(NotFound):
        await desk.tickets.fetch_case_file(case_id, SUPERVISOR)
    with pytest.raises(NotFound):
        await desk.tickets.ask_case_file(ticket_id, desk.other_unit, reason="想看", recipient="本单位")


async def test_our_copy_is_erased_after_thirty_days(desk: Desk, sealed: tuple[str, str]) -> None:
    _, path = await desk.tickets.fetch_case_file(sealed[1], REVIEWER)
    assert await desk.tickets.erase_case_files() == 0
    desk.clock.advance(timedelta(days=30))
    assert await desk.tickets.erase_case_files() == 1
    assert not path.exists()
    with pytest.raises(Conflict):
        await desk.tickets.fetch_case_file(sealed[1], REVIEWER)


async def test_a_case_that_was_refused_is_never_made(desk: Desk, tmp_path: Path) -> None:
    desk.tickets.files = tmp_path
    ticket_id = await desk.signed()
    asked = await desk.tickets.ask_case_file(ticket_id, REVIEWER, reason="问责", recipient="纪委")
    await desk.tickets.decide_case_file(asked.id, SUPERVISOR, approved=False)
    assert await desk.tickets.make_case_files() == 0
    with pytest.raises(Conflict):
        await desk.tickets.decide_case_file(asked.id, OTHER, approved=True)
    (seen,) = await desk.tickets.case_files(ticket_id, REVIEWER)
    assert (seen.state, seen.sha256) == ("refused", None)


async def test_a_case_whose_material_is_missing_waits_and_holds_up_no_other(desk: Desk, tmp_path: Path) -> None:
    desk.tickets.files = tmp_path
    broken, whole = await desk.signed(), await desk.signed()
    added = await desk.tickets.attach(broken, REVIEWER, "照片.jpg", PHOTO)
    photo = tmp_path / "attachments" / broken / f"{added.id}.jpg"
    photo.rename(tmp_path / "away.jpg")
    for ticket_id in (broken, whole):
        asked = await desk.tickets.ask_case_file(ticket_id, REVIEWER, reason="问责", recipient="纪委")
        await desk.tickets.decide_case_file(asked.id, SUPERVISOR, approved=True)
    assert await desk.tickets.make_case_files() == 1
    (tmp_path / "away.jpg").rename(photo)
    assert await desk.tickets.make_case_files() == 1


def rewritten(path: Path, out: Path, change: dict[str, bytes | None], seal: Seal | None = None) -> Path:
    """Copy a case file with some members replaced, removed or added; `seal`: sealed anew by it."""
    with zipfile.ZipFile(path) as bundle:
        members: dict[str, bytes] = {name: bundle.read(name) for name in bundle.namelist()}
    members = {**members, **{name: new for name, new in change.items() if new is not None}}
    members = {name: contents for name, contents in members.items() if change.get(name, b"") is not None}
    if seal is not None:
        manifest = json.loads(members.pop("manifest.json"))
        del members["manifest.sig"], manifest["files"], manifest["public_key"]
        pack(out, members, manifest, seal)
        return out
    with zipfile.ZipFile(out, "w") as bundle:
        for name, contents in members.items():
            bundle.writestr(name, contents)
    return out


async def test_a_change_of_any_member_is_found(desk: Desk, sealed: tuple[str, str], tmp_path: Path) -> None:
    _, path = await desk.tickets.fetch_case_file(sealed[1], REVIEWER)
    with zipfile.ZipFile(path) as bundle:
        ledger = json.loads(bundle.read("台账.json"))
        names = bundle.namelist()
    ledger[3]["actor_id"] = "somebody-else"
    forged = json.dumps(ledger).encode()
    out = tmp_path / "changed.zip"
    for name in names:
        assert check(rewritten(path, out, {name: b"{}"})).faults, name
        assert check(rewritten(path, out, {name: None})).faults, name
    assert check(rewritten(path, out, {"另加.txt": b"x"})).faults == ("另加.txt:不在清单中",)
    own = check(path).public
    stranger = Seal(b"s" * 32)
    assert "不是由指定密钥封存" in check(rewritten(path, out, {}, stranger), own).faults
    assert any("台账" in fault for fault in check(rewritten(path, out, {"台账.json": forged}, stranger)).faults)
    path.write_bytes(path.read_bytes()[:-40])
    assert check(path).faults


def test_the_command_says_whole_or_not_with_the_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("HOTLINE_HOME", str(home))
    seal = PersonalKeys(Secrets.load_or_create(home).personal_key).seal
    file = tmp_path / "case.zip"
    about = {"number": "YC1", "ledger_head": "0" * 64}
    pack(file, {"台账.json": b"[]", "案卷.pdf": b"x"}, about, seal)
    run = CliRunner().invoke
    assert run(app, ["case", "key"]).output.strip() == seal.public
    whole = run(app, ["case", "verify", str(file)])
    assert (whole.exit_code, "YC1" in whole.output) == (0, True), whole.output
    assert run(app, ["case", "verify", str(file), "--key", "00" * 32]).exit_code == 1
    pack(file, {"台账.json": b"[]"}, about, Seal(b"s" * 32))
    assert run(app, ["case", "verify", str(file)]).exit_code == 1
    assert run(app, ["case", "verify", str(tmp_path / "none.zip")]).exit_code == 1
