"""Tickets at size: sweep of due duties, inbox of a unit, search in Chinese, creation; at ten times the size, too.

`python -m bench.tickets [--quick]`: 100,000 and then 1,000,000 open tickets in a real PostgreSQL, 100,000 in SQLite;
through the product's own services, one act after another (creation: eight clerks at once). Beside them, on the same
rows, the plain ways: LIKE over the text, pages by OFFSET sorted when asked for, and a sweep that reads every open duty.
Then, among the million, fifty people at once for a minute: no act may be lost or doubled. Last line: JSON of figures.
"""

import argparse
import asyncio
import json
import os
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench._tickets.acts import (
    DUE,
    PEOPLE,
    create,
    crowded,
    inbox,
    plain_pages,
    plain_search,
    plain_sweep,
    search,
    sweep,
)
from bench._tickets.crowd import Tally
from bench._tickets.matters import QUERIES
from bench._tickets.progress import say
from bench._tickets.stages import Stage, filled, on_postgresql, settings_of
from bench._tickets.timing import middle, p95
from core.personal import PersonalKeys, install_keys
from hotline.parts.postgresql import PostgreSql
from migrations.models import import_models

TURNS = 5
CREATED = 40
CROWD_SECONDS = 60.0


@dataclass
class Took:
    """Times of one stage, turn by turn."""

    sweep: list[float] = field(default_factory=list)
    inbox: list[float] = field(default_factory=list)
    search: list[float] = field(default_factory=list)
    created: list[float] = field(default_factory=list)
    plain_sweep: list[float] = field(default_factory=list)
    plain_page: list[float] = field(default_factory=list)
    plain_search: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Measured:
    """Figures of one size; milliseconds, except creation (tickets a second)."""

    size: int
    sweep_ms: float
    inbox_p95_ms: float
    search_p95_ms: float
    created_per_second: float
    plain_sweep_ms: float
    plain_page_p95_ms: float
    plain_search_p95_ms: float


async def measure(stages: Sequence[Stage], rounds: int) -> list[Measured]:
    """Measure all the stages, a little of each in turn: what else the machine does then falls on all alike."""
    took = [Took() for _ in stages]
    dice = random.Random(rounds)
    for at in stages:  # connections, prepared statements, caches
        await inbox(at, dice, 20)
        await search(at, dice, len(QUERIES))
        await sweep(at, dice)
    for number in range(TURNS):
        say(f"{stages[-1].name}: measuring, turn {number + 1} of {TURNS}")
        for at, one in zip(stages, took, strict=True):
            one.sweep.append(await sweep(at, dice))
            one.inbox += await inbox(at, dice, rounds // TURNS)
            one.search += await search(at, dice, rounds // TURNS, number)
            one.created.append(await create(at, CREATED))
            one.plain_page += await plain_pages(at, dice, 2)
            one.plain_search += await plain_search(at, 4, number)
    for at, one in zip(stages, took, strict=True):
        one.plain_sweep.append(await plain_sweep(at))
    found = [_measured(at, one) for at, one in zip(stages, took, strict=True)]
    for at, figures in zip(stages, found, strict=True):
        print(_told(at, figures), flush=True)
    return found


def _measured(at: Stage, took: Took) -> Measured:
    return Measured(
        size=at.loaded,
        sweep_ms=middle(took.sweep),
        inbox_p95_ms=p95(took.inbox),
        search_p95_ms=p95(took.search),
        created_per_second=middle(took.created),
        plain_sweep_ms=middle(took.plain_sweep),
        plain_page_p95_ms=p95(took.plain_page),
        plain_search_p95_ms=p95(took.plain_search),
    )


def _told(at: Stage, found: Measured) -> str:
    lines = (
        (f"sweep of {DUE} due, ms", found.sweep_ms, "looking only, at every duty", found.plain_sweep_ms),
        ("inbox page p95, ms", found.inbox_p95_ms, "sorted, OFFSET", found.plain_page_p95_ms),
        ("search p95, ms", found.search_p95_ms, "LIKE on titles", found.plain_search_p95_ms),
    )
    told = "".join(f"\n   {ours:22}{a:9.1f}   plain, {plain:28}{b:9.1f}" for ours, a, plain, b in lines)
    return f"{at.name}, {at.loaded:,} open tickets{told}\n   created a second      {found.created_per_second:9.1f}"


async def run(*, quick: bool) -> dict[str, object]:
    """Measure both databases and return the figures."""
    install_keys(PersonalKeys(b"key of the bench, thirty-two byte"[:32]))
    import_models()
    small = 10_000 if quick else 100_000
    rounds = 120 if quick else 300
    server = PostgreSql(shared_buffers="512MB", wal_level="minimal", max_wal_senders="0", max_wal_size="4GB")
    try:
        server.start()
        server.wait_ready()
        first, second = await on_postgresql(server, small, small // 5)
        say(f"PostgreSQL: {await settings_of(second)}; load of the machine {os.getloadavg()[0]:.1f}")
        once, tenfold = await measure([first, second], rounds)
        say(f"{PEOPLE} people at once")
        created = await create(second, 4 * PEOPLE, PEOPLE)
        tally = await crowded(second, CROWD_SECONDS / 10 if quick else CROWD_SECONDS)
        print(_told_of_crowd(created, tally), flush=True)
        await first.database.close()
        await second.database.close()
    finally:
        server.stop()
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        sqlite = await filled("SQLite", f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}", small, 2_000)
        (light,) = await measure([sqlite], rounds)
        await sqlite.database.close()
    return {**_figures(once, tenfold, light), **_figures_of_crowd(created, tally)}


def _told_of_crowd(created: float, tally: Tally) -> str:
    return (
        f"{PEOPLE} people at once, {tally.seconds:.0f} s: {tally.acts} acts, {tally.refused} told of a conflict, "
        f"{tally.lost} lost, {tally.doubled} doubled, {len(tally.broken)} broken ledgers; "
        f"p95 of an act with its waiting {p95(tally.took):.0f} ms; tickets created a second {created:.1f}"
    )


def _figures_of_crowd(created: float, tally: Tally) -> dict[str, object]:
    return {
        "created_per_second_by_fifty": round(created, 1),
        "crowd_seconds": round(tally.seconds, 1),
        "crowd_acts_per_second": round(tally.acts / tally.seconds, 1),
        "crowd_conflicts": tally.refused,
        "crowd_lost": tally.lost,
        "crowd_doubled": tally.doubled,
        "crowd_broken_ledgers": len(tally.broken),
    }


def _figures(once: Measured, tenfold: Measured, light: Measured) -> dict[str, object]:
    ratio = {
        name: round(getattr(tenfold, name) / getattr(once, name), 2)
        for name in ("sweep_ms", "inbox_p95_ms", "search_p95_ms", "created_per_second", "plain_sweep_ms")
    }
    print("\nat ten times the size against once: " + ", ".join(f"{name} ×{value}" for name, value in ratio.items()))
    rounded = {
        f"{where}_{name}": round(value, 1)
        for where, measured in (("postgresql", tenfold), ("postgresql_tenth", once), ("sqlite", light))
        for name, value in vars(measured).items()
    }
    return {
        "inbox_p95_ms": round(tenfold.inbox_p95_ms, 1),
        "search_p95_ms": round(tenfold.search_p95_ms, 1),
        "sweep_cost_ratio_10x": ratio["sweep_ms"],
        "created_per_second": round(tenfold.created_per_second, 1),
        **rounded,
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes")
    figures = asyncio.run(run(quick=parser.parse_args().quick))
    say("done")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
