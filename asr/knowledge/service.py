"""Use cases of the knowledge base: take articles in, search them, find those that fit what is said."""

from collections.abc import Sequence
from datetime import date

from asr.knowledge import repository
from asr.knowledge.index import ArticleView, Found, Index
from asr.knowledge.model import Article
from core.clock import LOCAL, Clock
from core.database import Database
from core.errors import NotFound

_MOST = 20
_FITTING = 3


class KnowledgeService:
    """Articles; every process keeps an index of its own and makes it anew when something changed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._stamp: object = None
        self._index = Index(())

    async def take(self, articles: Sequence[ArticleView]) -> int:
        """Take articles in; one with a known code replaces the former. Return how many are new."""
        new = 0
        async with self._database.transaction() as session:
            for given in articles:
                row = await repository.article(session, given.code)
                if row is None:
                    row, new = Article(code=given.code), new + 1
                    session.add(row)
                row.title, row.body, row.words, row.unit = given.title, given.body, given.words, given.unit
                row.valid_until, row.updated_at = given.valid_until, self._clock.now()
        return new

    async def drop(self, code: str) -> None:
        """Delete an article.

        Raises:
            NotFound: there is none with this code.
        """
        async with self._database.transaction() as session:
            if not await repository.drop(session, code):
                raise NotFound("知识条目", code)

    async def get(self, code: str) -> ArticleView:
        """Return an article.

        Raises:
            NotFound: there is none with this code.
        """
        async with self._database.reading() as session:
            row = await repository.article(session, code)
        if row is None:
            raise NotFound("知识条目", code)
        return _view(row)

    async def all(self) -> list[ArticleView]:
        """Return every article by code."""
        async with self._database.reading() as session:
            return [_view(row) for row in await repository.articles(session)]

    async def search(self, text: str, most: int = _MOST) -> list[Found]:
        """Return the articles that answer a question best."""
        return (await self._current()).search(text, self._today(), most)

    async def fitting(self, text: str) -> list[Found]:
        """Return at most three articles that fit what is said well enough to show them unasked."""
        return (await self._current()).fitting(text, self._today(), _FITTING)

    async def _current(self) -> Index:
        async with self._database.reading() as session:
            stamp = await repository.stamp(session)
            if stamp != self._stamp:
                self._index = Index([_view(row) for row in await repository.articles(session)])
                self._stamp = stamp
        return self._index

    def _today(self) -> date:
        return self._clock.now().astimezone(LOCAL).date()


def _view(row: Article) -> ArticleView:
    return ArticleView(row.code, row.title, row.body, row.words, row.unit, row.valid_until)
