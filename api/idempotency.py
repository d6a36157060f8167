"""`Idempotency-Key`: a POST that creates, sent twice, creates once and is answered twice with the same thing.

draft-ietf-httpapi-idempotency-key-header: the same key with another request is refused; while the first is still being
worked on, the second is told so.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from sqlalchemy import String, delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from api.identity import ServicesOf, signed_on
from api.services import Services
from core.actors import Actor
from core.database import Base
from core.errors import Conflict, HotlineError
from core.personal import EncryptedPersonal, Personal

T = TypeVar("T", bound=BaseModel)

KEPT_FOR = timedelta(hours=24)
GIVEN_UP_AFTER = timedelta(minutes=1)
"""A first request that has not ended by then died with its process; the key may be used again."""


class IdempotentAnswer(Base):
    """The answer of a request that carried a key; `answer` is None while it is worked on."""

    __tablename__ = "idempotent_answer"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of account, method, path and the key that was sent."""
    request_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(index=True)
    answer: Mapped[Personal | None] = mapped_column(EncryptedPersonal)


class KeyReused(HotlineError):  # noqa: N818 - reads as the sentence "raise KeyReused"
    """The key came before with another request."""

    code = "idempotency_key_reused"
    status = 422

    def __init__(self) -> None:
        super().__init__("Idempotency-Key 已用于另一个请求")


class Once:
    """Does a thing once a key; without a key it simply does it."""

    def __init__(self, services: Services, key: str | None, request_hash: str) -> None:
        self._database = services.database
        self._clock = services.clock
        self._key = key
        self._request_hash = request_hash

    async def __call__(self, kind: type[T], make: Callable[[], Awaitable[T]]) -> T:
        """Return what `make` returns, or what it returned when the key came first.

        Raises:
            KeyReused: the key came with another request.
            Conflict: the first request is still being worked on (`idempotency_in_progress`).
        """
        if self._key is None:
            return await make()
        earlier = await self._begin(self._key)
        if earlier is not None:
            return kind.model_validate_json(earlier.reveal())
        try:
            made = await make()
        except BaseException:
            await self._end(self._key, None)
            raise
        await self._end(self._key, Personal(made.model_dump_json()))
        return made

    async def _begin(self, key: str) -> Personal | None:
        try:
            async with self._database.transaction() as session:
                return await self._claim(session, key)
        except IntegrityError as error:
            # another process claimed the key between our look and our insert
            raise _in_progress() from error

    async def _claim(self, session: AsyncSession, key: str) -> Personal | None:
        now = self._clock.now()
        await session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.at < now - KEPT_FOR))
        row = await session.get(IdempotentAnswer, key)
        if row is None:
            session.add(IdempotentAnswer(key=key, request_hash=self._request_hash, at=now))
            return None
        if row.request_hash != self._request_hash:
            raise KeyReused
        if row.answer is None and row.at > now - GIVEN_UP_AFTER:
            raise _in_progress()
        row.at = now
        return row.answer

    async def _end(self, key: str, answer: Personal | None) -> None:
        """Keep the answer; a request that failed leaves no trace, so that it can be tried again."""
        async with self._database.transaction() as session:
            row = await session.get(IdempotentAnswer, key)
            if row is None:
                return
            if answer is None:
                await session.delete(row)
            else:
                row.answer = answer


def _in_progress() -> Conflict:
    return Conflict("相同的请求正在处理", code="idempotency_in_progress")


async def _once(
    request: Request,
    services: ServicesOf,
    actor: Annotated[Actor, Depends(signed_on)],
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1, max_length=128, description="重复提交时只创建一次 / creates once however often it is sent"
        ),
    ] = None,
) -> Once:
    if idempotency_key is None:
        return Once(services, None, "")
    body = await request.body()
    name = "\n".join((actor.account_id, request.method, request.url.path, idempotency_key))
    return Once(services, hashlib.sha256(name.encode()).hexdigest(), hashlib.sha256(body).hexdigest())


OnceOf = Annotated[Once, Depends(_once)]
