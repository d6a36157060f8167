"""Search over articles (pure): overlapping pairs of characters, rare pairs weigh more, the title counts twice."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

_RUNS = re.compile("[\u3400-\u9fff]+|[a-z0-9]+")
_EMPTY = frozenset(
    {
        "我想", "想问", "问一", "一下", "请问", "你好", "您好", "怎么", "什么", "我们", "是不", "不是", "那个", "这个",
        "就是", "可以", "需要", "多少", "哪里", "谢谢",
    }
)  # fmt: skip
_TITLE = 2.0
_FITTING = 0.3
"""Share of an article's title that must be told for it to be offered unasked."""


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article of the knowledge base."""

    code: str
    title: str
    body: str
    words: str = ""
    unit: str = ""
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An article with how well it fits (0 to 1) and the words that it shares with the question."""

    article: ArticleView
    score: float
    words: tuple[str, ...]


class Index:
    """Articles ready to be searched; made anew when one changes."""

    def __init__(self, articles: Iterable[ArticleView]) -> None:
        self._titles = [(one, pairs(f"{one.title} {one.words}"), pairs(one.body)) for one in articles]
        counts = Counter(pair for _, title, body in self._titles for pair in title | body)
        total = len(self._titles) + 1
        self._rarity = {pair: math.log(1 + total / count) for pair, count in counts.items()}

    def search(self, text: str, day: date, most: int) -> list[Found]:
        """Return the articles that fit best, those past their last day left out."""
        told = pairs(text) - _EMPTY
        found = []
        for article, title, body in self._titles:
            if article.valid_until is not None and article.valid_until < day:
                continue
            shared = told & (title | body)
            if shared:
                found.append(Found(article, self._score(told, title, body), tuple(sorted(shared & title))))
        return sorted(found, key=lambda one: (-one.score, one.article.code))[:most]

    def fitting(self, text: str, day: date, most: int) -> list[Found]:
        """Return only articles whose title is told in good part: what an agent should see without asking."""
        return [
            one for one in self.search(text, day, most) if one.words and one.score >= _FITTING and len(one.words) > 1
        ]

    def _score(self, told: set[str], title: set[str], body: set[str]) -> float:
        named = title - _EMPTY
        own = sum(self._rarity[pair] for pair in named) or 1.0
        in_title = sum(self._rarity[pair] for pair in told & named) / own
        asked = sum(self._rarity.get(pair, 0.0) for pair in told) or 1.0
        in_body = sum(self._rarity[pair] for pair in told & body) / asked
        return min(1.0, (_TITLE * in_title + in_body) / (_TITLE + 1.0))


def pairs(text: str) -> set[str]:
    """Return the overlapping pairs of Chinese characters and the words of letters and digits in `text`."""
    found: set[str] = set()
    for run in _RUNS.findall(text.lower()):
        found.update({run} if run[0].isascii() else {run[at : at + 2] for at in range(max(1, len(run) - 1))})
    return found
