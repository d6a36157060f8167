"""Lists of hotlines from CSV and XLSX: every line is taken or refused with its reason; nothing is half-taken (pure)."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import HotlineError, InvalidInput
from telephony.hotlines.directory import Hotline, Mode, Status
from telephony.hotlines.hours import parse

COLUMNS = {
    "number": ("number", "号码", "热线号码"),
    "name": ("name", "名称", "热线名称"),
    "mode": ("mode", "整合方式", "归并方式"),
    "subject": ("subject", "业务范围", "主题"),
    "trunk": ("trunk", "中继"),
    "contact": ("contact", "联系电话", "转接号码"),
    "hours": ("hours", "服务时间"),
    "skills": ("skills", "技能"),
    "queue": ("queue", "队列"),
    "seats": ("seats", "专家坐席"),
    "status": ("status", "状态"),
}
"""Field of an entry: names its column may have."""
_NUMBER = re.compile(r"\d{2,20}")
_TRUNK = re.compile(r"[a-z][a-z0-9-]{0,30}")
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_NAME_MAX = 60
_MOST_BYTES = 5_000_000
_MOST_LINES = 5_000
_STATUS = {"": Status.ACTIVE, "启用": Status.ACTIVE, "取消": Status.CANCELLED, "暂停": Status.SUSPENDED}


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that was not taken; `line` counts from 1 with the heading."""

    line: int
    number: str
    reason: str


@dataclass(slots=True)
class Sheet:
    """What a file brought."""

    taken: list[Hotline] = field(default_factory=list)
    refused: list[RefusedLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the regional profile says: the modes, and the numbers it fixes.

    Attributes:
        modes: by code and by Chinese title.
        fixed: number to (mode code, clause), as the regulation lists them.
    """

    modes: Mapping[str, Mode]
    fixed: Mapping[str, tuple[str, str]]


def read(path: Path, rules: Rules) -> Sheet:
    """Read a list.

    Raises:
        InvalidInput: the file is no CSV or XLSX, too large, or a column is missing.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InvalidInput("file", f"文件超过 {_MOST_BYTES // 1_000_000} MB")
        rows = _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path)
    except OSError as error:
        raise InvalidInput("file", f"无法读取 {path}:{error.strerror}") from error
    if not rows:
        raise InvalidInput("file", "文件为空")
    if len(rows) > _MOST_LINES:
        raise InvalidInput("file", f"超过 {_MOST_LINES} 行")
    return _take(rows, rules)


def _csv(path: Path) -> list[list[str]]:
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
    raise InvalidInput("file", "编码既不是 UTF-8 也不是 GB18030")


def _xlsx(path: Path) -> list[list[str]]:
    from openpyxl import load_workbook  # heavy: not at the start of every role and command

    try:
        book = load_workbook(path, read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True))
    except Exception as error:  # openpyxl raises whatever a broken archive causes
        raise InvalidInput("file", "不是有效的 XLSX 文件") from error
    return [[_cell(value) for value in row] for row in rows]


def _cell(value: object) -> str:
    if value is None:
        return ""
    # a number typed into a sheet comes as a float
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _take(rows: Sequence[Sequence[str]], rules: Rules) -> Sheet:
    places = _heading(rows[0])
    sheet, seen = Sheet(), set[str]()
    for line, row in enumerate(rows[1:], start=2):
        values = {name: row[at] if at < len(row) else "" for name, at in places.items()}
        if not any(values.values()):
            continue
        number = values.get("number", "")
        try:
            if number in seen:
                raise InvalidInput("number", "号码在文件中重复")
            sheet.taken.append(entry(values, rules))
            seen.add(number)
        except HotlineError as error:
            sheet.refused.append(RefusedLine(line, number[:20], error.message))
    return sheet


def _heading(row: Sequence[str]) -> dict[str, int]:
    places = {}
    for name, titles in COLUMNS.items():
        found = [at for at, title in enumerate(row) if title.strip().lower() in titles]
        if found:
            places[name] = found[0]
    missing = [COLUMNS[name][1] for name in ("number", "name", "mode") if name not in places]
    if missing:
        raise InvalidInput("file", f"缺少列:{'、'.join(missing)}")
    return places


def entry(values: Mapping[str, str], rules: Rules) -> Hotline:
    """Return the entry that a line describes.

    Raises:
        InvalidInput: a value is wrong, or contradicts the regulation; names the field.
    """
    number = values.get("number", "")
    _check(_NUMBER.fullmatch(number), "number", "号码须为 2 至 20 位数字")
    name = values.get("name", "")
    _check(0 < len(name) <= _NAME_MAX, "name", f"名称须为 1 至 {_NAME_MAX} 字")
    mode = rules.modes.get(values.get("mode", ""))
    if mode is None:
        raise InvalidInput("mode", f"整合方式「{values.get('mode', '')}」不在本地区办法中")
    fixed = rules.fixed.get(number)
    if fixed is not None and fixed[0] != mode.code:
        raise InvalidInput("mode", f"{number} 按 {fixed[1]} 为 {fixed[0]},不能改为 {mode.code}")
    status = _status(values.get("status", ""))
    _check(mode.number_kept or status is not Status.ACTIVE or "status" not in values or not values["status"],
           "status", "整体并入的号码已取消,不能启用")  # fmt: skip
    trunk, contact = values.get("trunk", ""), values.get("contact", "")
    _check(not trunk or _TRUNK.fullmatch(trunk), "trunk", "中继名称须为小写字母开头的字母、数字或连字符")
    _check(not contact or _NUMBER.fullmatch(contact), "contact", "联系电话须为 2 至 20 位数字")
    _check(not values.get("queue") or _WORD.fullmatch(values["queue"]), "queue", "队列名称不合法")
    return Hotline(
        number,
        name,
        mode,
        values.get("subject", ""),
        trunk,
        contact,
        parse(values.get("hours", "")),
        tuple(_words(values.get("skills", ""), "skills")),
        values.get("queue", ""),
        status,
        fixed[1] if fixed else mode.clause,
        seats=tuple(_words(values.get("seats", ""), "seats")),
    )


def _status(text: str) -> Status:
    if text in _STATUS:
        return _STATUS[text]
    _check(text in set(Status), "status", f"状态「{text}」不认识")
    return Status(text)


def _words(text: str, field_name: str) -> Iterable[str]:
    for word in filter(None, re.split(r"[\s,、;]+", text)):
        _check(_WORD.fullmatch(word) or word.isalnum(), field_name, f"「{word}」不合法")
        yield word


def _check(good: object, field_name: str, reason: str) -> None:
    if not good:
        raise InvalidInput(field_name, reason)


def write(path: Path, hotlines: Iterable[Hotline]) -> None:
    """Write entries as CSV with the English headings, whole or not at all."""
    beside = path.with_name(f".{path.name}.new")
    with beside.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for one in hotlines:
            out.writerow([one.number, one.name, one.mode.code, one.subject, one.trunk, one.contact, one.hours.text,
                          " ".join(one.skills), one.queue, " ".join(one.seats),
                          "" if one.status is Status.ACTIVE else one.status.value])  # fmt: skip
    beside.replace(path)
