"""Whether the parts behind the interface work: one look at each, bounded in time, told in plain words."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

import structlog
from pydantic import BaseModel, Field

from core.errors import PartUnavailable

log = structlog.get_logger(__name__)

Probe = Callable[[], Awaitable[str]]
"""Looks at a part: returns its state in a word or two, or raises PartUnavailable."""

LOOK_SECONDS = 2.0
NEEDED = frozenset({"database"})
"""Without these the interface answers nothing of use; without the others it serves with less."""


class PartState(BaseModel):
    """What one part said."""

    ok: bool
    state: str = Field(examples=["可用"])
    remedy: str = Field("", description="如何处理 / what the operator does next")


class Readiness(BaseModel):
    """All parts; `not_ready` (503) when a needed one is away, `degraded` when another is."""

    status: Literal["ready", "degraded", "not_ready"]
    parts: dict[str, PartState]


async def look(probes: Mapping[str, Probe]) -> Readiness:
    """Look at all parts at once; takes at most `LOOK_SECONDS`."""
    states = await asyncio.gather(*(_look_at(name, probe) for name, probe in probes.items()))
    parts = dict(zip(probes, states, strict=True))
    if any(not parts[name].ok for name in NEEDED & parts.keys()):
        return Readiness(status="not_ready", parts=parts)
    return Readiness(status="ready" if all(part.ok for part in states) else "degraded", parts=parts)


async def _look_at(name: str, probe: Probe) -> PartState:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return PartState(ok=True, state=await probe(), remedy="")
    except TimeoutError:
        return PartState(ok=False, state=f"{LOOK_SECONDS:g} 秒内没有回应", remedy="运行 hotline doctor")
    except PartUnavailable as error:
        return PartState(ok=False, state=error.problem, remedy=error.remedy)
    except Exception:
        log.exception("probe_failed", part=name)
        return PartState(ok=False, state="检查时出错,详见日志", remedy="运行 hotline doctor")
