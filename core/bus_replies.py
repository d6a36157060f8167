"""Answers of `Bus.request` on the wire: a result, or the error that the other side raised."""

from collections.abc import Iterator, Mapping

from core.errors import HotlineError


def reply_of_result(result: Mapping[str, object] | None) -> dict[str, object]:
    """Return the reply that carries a result."""
    return {"result": dict(result or {})}


def reply_of_error(error: HotlineError) -> dict[str, object]:
    """Return the reply that carries an error: its classes, nearest first, and its attributes."""
    kinds = [kind.__name__ for kind in type(error).__mro__ if issubclass(kind, HotlineError)]
    return {"error": {"kinds": kinds, "status": error.status, **vars(error)}}


def error_of(reply: Mapping[str, object]) -> HotlineError | None:
    """Return the error in a reply, of the nearest class known here; None when the reply is a result."""
    told = reply.get("error")
    if not isinstance(told, dict):
        return None
    attributes = {str(name): value for name, value in told.items() if name != "kinds"}
    known = {kind.__name__: kind for kind in _all_kinds(HotlineError)}
    kind = next((known[name] for name in told.get("kinds", []) if name in known), HotlineError)
    error = kind.__new__(kind)
    HotlineError.__init__(error, str(attributes.get("message", "")))
    vars(error).update(attributes)
    return error


def _all_kinds(kind: type[HotlineError]) -> Iterator[type[HotlineError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _all_kinds(child)
