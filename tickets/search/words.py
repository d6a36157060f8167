"""What of a text is indexed, and how a query is taken apart. Pure.

Chinese is written without spaces, so a run of Han characters is indexed by its overlapping pairs (bigrams) and by each
character alone (a one-character query by prefix would gather every pair that begins with it). Personal data never
enters the index: numbers, names after a surname and what the caller is called are taken out first.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import datetime

from core.clock import LOCAL

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUNS = re.compile(f"[{_HAN}]+|[a-z0-9]+")
_NUMBERS = re.compile(r"[0-9xX][0-9xX \-]{3,}[0-9xX]|[〇零一二三四五六七八九幺两]{7,}")
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖"
    "石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向汤"
)
_TITLES = "先生|女士|小姐|师傅|老师|阿姨|大爷|大妈|医生|同志|某某|某"
_NAMES = re.compile(
    f"[{_SURNAMES}][{_HAN}]{{0,2}}?(?:{_TITLES})|(?<=我叫)[{_HAN}]{{2,3}}|(?<=姓名[:是])[{_HAN}]{{2,3}}"
    f"|(?<=联系人[:是])[{_HAN}]{{2,3}}"
)
_LONGEST_WORD = 40
_MOST_WORDS = 1200
"""A text of 4000 characters has fewer; longer ones are indexed as far as this."""

CONFIDENTIAL = "zzconfidential"
"""Marks a ticket that only some may find (YC-27a)."""


def unit_word(unit_id: str) -> str:
    """Return the word that stands for a unit that may see the ticket."""
    return f"zzunit{unit_id.replace('-', '')}"


def day_words(opened: datetime) -> tuple[str, str]:
    """Return the words for the local day and month a ticket was opened; a search begins with the newest days."""
    local = opened.astimezone(LOCAL)
    return f"zzday{local:%Y%m%d}", f"zzmonth{local:%Y%m}"


def masked(text: str, names: Iterable[str] = ()) -> str:
    """Return `text` without numbers that may be a telephone or an identity card, and without names."""
    plain = unicodedata.normalize("NFKC", text).lower()
    for name in names:
        stripped = unicodedata.normalize("NFKC", name).lower().strip()
        if stripped:
            plain = plain.replace(stripped, " ")
    return _NAMES.sub(" ", _NUMBERS.sub(" ", plain))


def words_of(text: str, names: Iterable[str] = ()) -> set[str]:
    """Return the words under which `text` is found, personal data left out."""
    found: set[str] = set()
    for run in _RUNS.findall(masked(text, names)):
        found.update(_pairs(run) if _is_han(run) else (run[:_LONGEST_WORD],))
        if len(found) >= _MOST_WORDS:
            break
    return found


def query_of(text: str) -> list[tuple[str, bool]]:
    """Return what must all be found for `text`: words, each with True where it is the beginning of a word."""
    wanted: dict[str, bool] = {}
    for run in _RUNS.findall(masked(text)):
        if not _is_han(run):
            wanted[run[:_LONGEST_WORD]] = True
        else:
            wanted.update((run[at : at + 2], False) for at in range(max(1, len(run) - 1)))
    return list(wanted.items())


def for_postgresql(
    wanted: Collection[tuple[str, bool]], *, without: str | None = None, one_of: Collection[str] = ()
) -> str:
    """Return the `tsquery` literal for words (only Han characters, small letters and digits: nothing to escape)."""
    parts = [f"'{word}'{':*' if beginning else ''}" for word, beginning in wanted]
    if one_of:
        parts.append("(" + " | ".join(f"'{word}'" for word in one_of) + ")")
    return " & ".join([*parts, *([f"!'{without}'"] if without else [])])


def for_sqlite(wanted: Collection[tuple[str, bool]], *, without: str | None = None) -> str:
    """Return the FTS5 query for words."""
    query = " AND ".join(f'"{word}"{"*" if beginning else ""}' for word, beginning in wanted)
    return f'({query}) NOT "{without}"' if without else query


def _pairs(run: str) -> set[str]:
    return {run[at : at + 2] for at in range(len(run))} | set(run)


def _is_han(run: str) -> bool:
    return not run[0].isascii()
