"""What goes over AMI: normalised messages on the way in, checked fields on the way out."""

import re
from collections.abc import Mapping
from typing import Self

from core.errors import HotlineError, InvalidInput

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SEPARATOR = re.compile(r'[,"\\]')


class SwitchRefused(HotlineError):  # noqa: N818 - reads as the sentence "raise SwitchRefused(message)"
    """Asterisk answered an action with an error; `message` holds its words."""

    code = "switch_refused"
    status = 502

    def __init__(self, action: str, message: str) -> None:
        super().__init__(f"交换机拒绝执行 {action}:{message}", detail={"action": action, "answer": message})
        self.answer = message


class AmiMessage:
    """An event or a response: header names are case-insensitive, a missing header reads as the empty string.

    A repeated header is kept as a list and a single one as a string; `get` and `all` hide the difference.
    """

    __slots__ = ("_headers",)

    def __init__(self, headers: Mapping[str, str | list[str]]) -> None:
        self._headers = {name.lower(): value for name, value in headers.items()}

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the lines of one message; what is no header (the banner, empty lines) is left out.

        Every event of every call comes through here, before the decision about a waiting caller: no other reader than
        `str`'s own.
        """
        message = cls({})
        headers = message._headers
        for line in text.split("\r\n"):
            name, colon, value = line.partition(": ")
            if not colon:
                continue
            name = name.lower()
            known = headers.get(name)
            if known is None:
                headers[name] = value
            elif isinstance(known, list):
                known.append(value)
            else:
                headers[name] = [known, value]
        return message

    @property
    def name(self) -> str:
        """Name of the event; empty for a response."""
        return self.get("event")

    @property
    def is_event(self) -> bool:
        """True for an event."""
        return "event" in self._headers

    @property
    def is_response(self) -> bool:
        """True for the answer to an action."""
        return "response" in self._headers

    @property
    def success(self) -> bool:
        """True for a response that is not an error."""
        return self.get("response") in {"Success", "Follows", "Goodbye"}

    def get(self, name: str) -> str:
        """Return the (first) value of a header, or the empty string."""
        value = self._headers.get(name.lower(), "")
        return value if isinstance(value, str) else value[0]

    def number(self, name: str) -> int:
        """Return the first digits in a header's value as a number; 0 when there are none."""
        found = re.search(r"\d+", self.get(name))
        return int(found.group()) if found else 0

    def all(self, name: str) -> list[str]:
        """Return every value of a header in order."""
        value = self._headers.get(name.lower())
        if value is None:
            return []
        return [value] if isinstance(value, str) else list(value)

    def variables(self, header: str = "Variable") -> dict[str, str]:
        """Return the channel variables listed as ``NAME=value`` in a repeated header."""
        pairs = (item.partition("=") for item in self.all(header))
        return {name: value for name, _, value in pairs if name}

    def __repr__(self) -> str:
        return f"AmiMessage({self.name or self.get('response')})"  # no values: they may be personal data


def checked(name: str, value: object) -> str:
    """Return `value` as text that cannot start another header or action.

    Raises:
        InvalidInput: it holds a control character (CR, LF, NUL …); panoramisk escapes nothing.
    """
    text = str(value)
    if _CONTROL.search(text):
        raise InvalidInput(name, "含有控制字符")
    return text


def checked_variable(name: str, value: object) -> str:
    """Return ``NAME=value`` for a Variable header.

    Raises:
        InvalidInput: the value holds a control character, or a comma, quote or backslash, by which Asterisk would
            read a second variable (manager.c splits the header like application arguments).
    """
    text = checked(name, value)
    if _SEPARATOR.search(text):
        raise InvalidInput(name, "通道变量不能含有逗号、引号或反斜线")
    return f"{checked('variable', name)}={text}"
