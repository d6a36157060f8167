"""How a route is declared: the act that permits it, its summary in Chinese and English, the errors it documents."""

from typing import Any

from fastapi import Depends

from api.errors import documented
from api.identity import May
from api.permissions import Act


def summary(chinese: str, english: str) -> str:
    """Return the two-language summary of an operation, e.g. 查询通话 / List calls."""
    return f"{chinese} / {english}"


def operation(chinese: str, english: str, *errors: int) -> dict[str, Any]:
    """Return the keyword arguments of a route that needs a signed-on person.

    401, 403 and 422 are documented on each; `errors` are further statuses the use case may answer with.
    """
    return {"summary": summary(chinese, english), "responses": documented(401, 403, 422, 503, *errors)}


def public(chinese: str, english: str, *errors: int) -> dict[str, Any]:
    """Return the keyword arguments of a route that anybody may call."""
    return {"summary": summary(chinese, english), "responses": documented(*errors)}


def permitted(act: Act) -> Any:
    """Return the dependency that gives the actor who may do `act`."""
    return Depends(May(act))
