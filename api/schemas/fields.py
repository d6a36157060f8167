"""Types of fields that several models share."""

from typing import Annotated

from fastapi import Path
from pydantic import BeforeValidator, Field, WithJsonSchema

from core.logs import scrub
from core.personal import Personal


def _masked(value: object) -> object:
    return value.masked if isinstance(value, Personal) else value


def _revealed(value: object) -> object:
    return value.reveal() if isinstance(value, Personal) else value


def _numbers_masked(value: object) -> object:
    return scrub(value.reveal()) if isinstance(value, Personal) else value


Masked = Annotated[
    str,
    BeforeValidator(_masked),
    WithJsonSchema({"type": "string", "description": "已脱敏 / masked", "examples": ["139****5678"]}),
]
"""Personal data as everybody may see it."""

Revealed = Annotated[str, BeforeValidator(_revealed)]
"""Personal data as it is; only in answers that are logged or belong to the asker's own work."""

NumbersMasked = Annotated[str, BeforeValidator(_numbers_masked)]
"""Free text in which every number that may be a phone or an ID card is masked."""

Identifier = Annotated[
    str,
    Path(
        min_length=1, max_length=64, description="编号 (UUIDv7) / id", examples=["0197a0c8-7b5e-7c3a-9d2e-1f0a5b6c7d8e"]
    ),
]
"""An id in the path."""

Reason = Annotated[
    str, Field(min_length=2, max_length=200, description="事由,记入日志 / why; logged", examples=["回访核实"])
]
"""Why personal data are looked at."""
