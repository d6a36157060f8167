"""Articles from files: CSV (编号, 标题, 内容, 关键词, 单位, 有效期) or Markdown (`# title` begins an article)."""

import csv
import io
import re
from datetime import date
from hashlib import sha256
from pathlib import Path

from asr.knowledge.index import ArticleView
from core.errors import InvalidInput

_COLUMNS = {
    "code": ("编号", "code"),
    "title": ("标题", "title", "问题"),
    "body": ("内容", "body", "content", "答案"),
    "words": ("关键词", "words", "keywords"),
    "unit": ("单位", "unit", "责任单位"),
    "valid_until": ("有效期", "valid_until", "有效期至"),
}
_LONGEST = {"code": 40, "title": 200, "body": 20_000, "words": 500, "unit": 100}
_FIELD = re.compile(r"^(编号|关键词|单位|责任单位|有效期至?)[::]\s*(.+)$")


def read_articles(name: str, text: str) -> list[ArticleView]:
    """Read the articles of a file.

    Args:
        name: its name; `.md` is Markdown, anything else CSV or TSV.
        text: what stands in it.

    Raises:
        InvalidInput: names the article or line that is refused; nothing is taken then.
    """
    found = _markdown(text) if Path(name).suffix.lower() in (".md", ".markdown") else _table(text)
    if not found:
        raise InvalidInput("file", f"{name} 中没有知识条目")
    codes = [one.code for one in found]
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise InvalidInput("file", f"编号重复:{'、'.join(twice)}")
    return found


def _table(text: str) -> list[ArticleView]:
    plain = text.removeprefix("\ufeff")
    rows = csv.DictReader(io.StringIO(plain, newline=""), delimiter="\t" if "\t" in plain.split("\n", 1)[0] else ",")
    names = [name.strip() for name in rows.fieldnames or ()]
    columns = {key: next((name for name in given if name in names), None) for key, given in _COLUMNS.items()}
    if columns["title"] is None or columns["body"] is None:
        raise InvalidInput("file", "需要有“标题”和“内容”两列")
    rows.fieldnames = names
    found = []
    try:
        for number, row in enumerate(rows, 2):
            values = {key: (row.get(name) or "").strip() for key, name in columns.items() if name}
            if any(values.values()):
                found.append(article_of(values, f"第 {number} 行"))
    except csv.Error as error:
        raise InvalidInput("file", "不是有效的 CSV") from error
    return found


def _markdown(text: str) -> list[ArticleView]:
    found = []
    for part in re.split(r"^#\s+", text.removeprefix("\ufeff"), flags=re.MULTILINE)[1:]:
        title, _, rest = part.partition("\n")
        values, body = {"title": title.strip()}, []
        for line in rest.strip().splitlines():
            if told := _FIELD.match(line.strip()):
                key = next(key for key, names in _COLUMNS.items() if told.group(1) in names)
                values[key] = told.group(2).strip()
            else:
                body.append(line)
        found.append(article_of({**values, "body": "\n".join(body).strip()}, f"“{title.strip()[:20]}”"))
    return found


def article_of(values: dict[str, str], where: str) -> ArticleView:
    """Return a checked article; without a code it gets one from its title, so that importing twice replaces it.

    Raises:
        InvalidInput: title or body is missing, something is too long, or the day is none.
    """
    title, body = values.get("title", ""), values.get("body", "")
    if not title or not body:
        raise InvalidInput("file", f"{where}:标题和内容不能为空")
    code = values.get("code") or f"K{sha256(title.encode()).hexdigest()[:10]}"
    filled = {"code": code, "title": title, "body": body} | {key: values.get(key, "") for key in ("words", "unit")}
    for key, most in _LONGEST.items():
        if len(filled[key]) > most:
            raise InvalidInput("file", f"{where}:{_COLUMNS[key][0]}不超过 {most} 字")
    until = values.get("valid_until", "")
    try:
        day = date.fromisoformat(until.replace("/", "-")) if until else None
    except ValueError as error:
        raise InvalidInput("file", f"{where}:有效期应写作 2027-12-31") from error
    return ArticleView(valid_until=day, **filled)
