"""Structured logs: structlog with the call id, ISO 8601 UTC, and no personal data."""

import logging
import re
import sys
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from core.personal import Personal

_KEEP = (
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"  # ids
    r"|(?<![0-9a-fA-F])[0-9a-f]{32,}(?![0-9a-fA-F])"  # checksums
    r"|PJSIP/\S+?-[0-9a-f]{8}"  # channel names
    r"|(?<!\d)\d{10}\.\d{1,6}(?!\d)"  # unique ids of channels
    r"|(?<!\d)\d{1,6}\.\d+"  # fractions
)
_HIDE = (
    r"\+?\d{7,}[Xx]?"  # phones, ID cards, bank cards
    r"|1[3-9]\d[ -]\d{4}[ -]\d{4}"
    r"|0\d{2,3}[ -]\d{7,8}"
)
_NUMBERS = re.compile(f"(?P<keep>{_KEEP})|(?P<hide>{_HIDE})")


def scrub(text: str) -> str:
    """Return `text` with every run of digits that may be a phone or an ID card replaced by its mask."""
    return _NUMBERS.sub(lambda match: match["keep"] or Personal(match["hide"]).masked, text)


def mask_personal(logger: WrappedLogger | None, method: str, event_dict: EventDict) -> EventDict:
    """Processor: mask every `Personal` and every number that looks like a phone or an ID card."""
    del logger, method
    return {key: value if key == "timestamp" else _masked(value) for key, value in event_dict.items()}


def setup(format: Literal["json", "console"] = "json", level: int | str = logging.INFO) -> None:  # noqa: A002
    """Send structlog and the standard library's logging to stderr in one form.

    Args:
        format: `json` for machines, `console` for people.
        level: lowest level that is written.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_last(format)),
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("aiosqlite", "asyncio", "httpx", "panoramisk.manager"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def bind_call(call_id: str) -> None:
    """Put the call id on every log line of this task and the tasks it starts."""
    structlog.contextvars.bind_contextvars(call_id=call_id)


def _last(form: Literal["json", "console"]) -> list[Processor]:
    render: Processor
    if form == "json":
        render = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        render = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        mask_personal,
        render,
    ]


def _masked(value: Any) -> Any:
    match value:
        case Personal():
            return value.masked
        case str():
            return scrub(value)
        case dict():
            return {key: _masked(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_masked(item) for item in value]
        case None | bool() | int() | float():
            return value
        case _:
            return scrub(str(value))
