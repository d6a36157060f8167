"""Payloads on the wire (bus, outbox): dataclasses and plain values to JSON and back."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from core.errors import InvalidInput
from core.personal import Personal

T = TypeVar("T")


def payload_of(thing: object) -> dict[str, object]:
    """Return the fields of a dataclass instance as a payload (nested ones stay objects; `dumps` writes them)."""
    if not is_dataclass(thing) or isinstance(thing, type):
        raise TypeError(f"not a dataclass instance: {type(thing).__name__}")
    return {field.name: getattr(thing, field.name) for field in fields(thing)}


def dumps(payload: Mapping[str, object]) -> str:
    """Return `payload` as JSON: instants ISO 8601, enums and paths as text, `Personal` revealed.

    The reader must therefore be a protected channel (encrypted column, broker with passwords), never a log.
    """
    return json.dumps(payload, default=_plain, ensure_ascii=False)


def loads(text: str | bytes) -> dict[str, Any]:
    """Return the JSON object in `text`.

    Raises:
        InvalidInput: it is not a JSON object.
    """
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InvalidInput("payload", "不是 JSON") from error
    if not isinstance(value, dict):
        raise InvalidInput("payload", "不是 JSON 对象")
    return value


def read(kind: type[T], payload: Mapping[str, object]) -> T:
    """Return the dataclass `kind` made from a payload that `dumps` wrote.

    Raises:
        InvalidInput: a field is missing or of the wrong kind.
    """
    try:
        adapter: TypeAdapter[T] = _adapter(kind)
        return adapter.validate_python(payload)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise InvalidInput(".".join(map(str, first["loc"])) or "payload", first["msg"]) from None


_adapters: dict[object, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    # building one takes about a millisecond
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Personal):
        return value.reveal()
    if isinstance(value, Path):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return payload_of(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"cannot be sent as JSON: {type(value).__name__}")
