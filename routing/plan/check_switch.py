"""What a plan names and the switch must have: announcements that callers hear, trunks to partners. Pure."""

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from routing.plan.document import Diversion, OverflowAction, Plan
from routing.plan.problem import Path, Problem

_HEARD = frozenset({OverflowAction.ANNOUNCEMENT, OverflowAction.END})


@dataclass(frozen=True, slots=True)
class SwitchParts:
    """What the switch has."""

    announcements: Collection[str]
    """Names of the announcements that have a sound."""
    trunks: Collection[str]
    """Names of the trunks to partners."""


def problems(plan: Plan, switch: SwitchParts) -> Iterator[Problem]:
    """Yield the announcements and trunks that the plan names and the switch has not."""
    for path, name in _announcements(plan):
        if name not in switch.announcements:
            yield Problem(path, f"提示音「{name}」不存在", _remedy(name, switch.announcements))
    for n, partner in enumerate(plan.partners):
        if partner.trunk and partner.trunk not in switch.trunks:
            yield Problem(
                ("partners", n, "trunk"),
                f"中继「{partner.trunk}」没有定义",
                f"在 partners.toml 中加上 [{partner.trunk}],或删除 trunk(经运营商呼出)",
            )


def _remedy(name: str, known: Collection[str]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1)
    meant = f"是否为 {nearest[0]}?" if nearest else ""
    return f"{meant}uv run python -m asterisk.sounds list 列出全部;自录的放入 <home>/sounds/{name}.wav"


def _announcements(plan: Plan) -> Iterator[tuple[Path, str]]:
    for n, queue in enumerate(plan.queues):
        sounds: Path = ("queues", n, "sounds")
        if queue.sounds.greeting:
            yield (*sounds, "greeting"), queue.sounds.greeting
        for m, name in enumerate(queue.sounds.comfort):
            yield (*sounds, "comfort", m), name
        for m, step in enumerate(queue.overflow):
            yield from _heard(("queues", n, "overflow", m), step)
        if queue.closed is not None:
            yield from _heard(("queues", n, "closed"), queue.closed)
    for n, surge in enumerate(plan.surges):
        yield ("surges", n, "announcement"), surge.announcement
        for m, step in enumerate(surge.overflow):
            yield from _heard(("surges", n, "overflow", m), step)


def _heard(path: Path, step: Diversion) -> Iterator[tuple[Path, str]]:
    if step.action in _HEARD and step.target:
        yield (*path, "target"), step.target
