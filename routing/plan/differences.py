"""What differs between two plans, for the record. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from routing.plan.document import Plan
from routing.plan.reading import document_of

_NAMES = ("name", "number", "code", "day", "after_seconds")
"""By the first of these that its elements have, a list is compared; order then says nothing."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs; None: it is not there."""

    path: str
    before: Any
    after: Any


def differences(before: Plan, after: Plan) -> list[Difference]:
    """Return every value that differs, by its path (`queues.general.priority`)."""
    return list(_differing("", document_of(before), document_of(after)))


def _differing(path: str, before: Any, after: Any) -> Iterator[Difference]:
    old, new = _children(before), _children(after)
    if old is None or new is None:
        if before != after:
            yield Difference(path, before, after)
        return
    for name in [*old, *(name for name in new if name not in old)]:
        yield from _differing(f"{path}.{name}".lstrip("."), old.get(name), new.get(name))


def _children(value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, list) or not value or not all(isinstance(one, Mapping) for one in value):
        return None
    key = next((name for name in _NAMES if all(name in one for one in value)), None)
    return None if key is None else {str(one[key]): one for one in value}
