"""Typed errors: each has a code for machines, an HTTP status and a Chinese message for people."""

from collections.abc import Mapping


class HotlineError(Exception):
    """Base of every error that may reach a person.

    Attributes:
        code: stable machine-readable name, e.g. ``ticket_transition_refused``.
        status: HTTP status the API answers with.
        message: what a Chinese-speaking user reads.
        detail: further machine-readable facts; never personal data.
    """

    code: str = "error"
    status: int = 500

    def __init__(self, message: str, *, code: str | None = None, detail: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.detail: dict[str, object] = dict(detail or {})


class InvalidInput(HotlineError):  # noqa: N818 - reads as the sentence "raise InvalidInput(field, reason)"
    """A value given from outside is refused; nothing was changed."""

    code = "invalid_input"
    status = 422

    def __init__(self, field: str, reason: str, *, code: str | None = None) -> None:
        super().__init__(f"{field}:{reason}", code=code, detail={"field": field, "reason": reason})
        self.field = field
        self.reason = reason


class NotFound(HotlineError):  # noqa: N818
    """The thing asked for does not exist or is not visible to the asker."""

    code = "not_found"
    status = 404

    def __init__(self, thing: str, identifier: str) -> None:
        super().__init__(f"未找到{thing}:{identifier}", detail={"thing": thing, "id": identifier})


class Conflict(HotlineError):  # noqa: N818
    """Somebody else changed the thing first, or it is in a state that forbids the act."""

    code = "conflict"
    status = 409


class TransitionRefused(Conflict):
    """The transition table of a thing does not list this event in this state."""

    code = "transition_refused"

    def __init__(self, thing: str, state: str, event: str) -> None:
        super().__init__(
            f"{thing}当前状态「{state}」不允许操作「{event}」",
            detail={"thing": thing, "state": state, "event": event},
        )
        self.state = state
        self.event = event


class NotSignedOn(HotlineError):  # noqa: N818
    """No valid sign-on came with the request."""

    code = "not_signed_on"
    status = 401


class Forbidden(HotlineError):  # noqa: N818
    """The role of the person does not allow the act."""

    code = "forbidden"
    status = 403


class PartUnavailable(HotlineError):  # noqa: N818
    """A part the platform stands on (Asterisk, broker, database, model …) does not work.

    Attributes:
        part: which one, e.g. ``asterisk``.
        remedy: what the operator does next.
    """

    code = "part_unavailable"
    status = 503

    def __init__(self, part: str, problem: str, *, remedy: str) -> None:
        super().__init__(f"{part}: {problem}。处理办法:{remedy}", detail={"part": part, "remedy": remedy})
        self.part = part
        self.problem = problem
        self.remedy = remedy
