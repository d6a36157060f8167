"""Asterisk's own app_queue and our engine side by side, in one run, on one real Asterisk.

    uv run python -m bench.acd [--quick]

Callers are SIPp's, they wait with music; agents' phones answer at once. Two waits are measured at each size: from the
instant an agent is made ready to the INVITE that comes to his phone, and from his BYE to his next INVITE. The instant
of an INVITE is the kernel's. As soon as a caller was offered, a new one dials, so that the number of waiting callers
stays; with one waiting caller, agents are released one after another. At most 25 of the agents talk at a time, the
others are on pause: the queue is measured, not the mixing of sound. With 500 waiting, agents are released and hang up
half as often, for both queues. Both queues are asked in the way their users do it: app_queue by QueuePause over AMI,
ours by the request that the API sends to the role `engine`, a process of its own with its AMI link, database, broker
and Valkey. Both offer to the longest idle agent, with no wrap-up.

app_queue is set up as fast as it can be (`bench/_acd/site.py`): retry 1 (its least), autofill, no announcement, no
wrap-up, no member delay; the dialplan before it is Answer and nothing else.
"""

import argparse
import asyncio
import json
import math
import os
import sys
from collections.abc import Sequence

import psutil

from bench._acd.callers import Callers
from bench._acd.cells import Cell, Stage
from bench._acd.line import Line
from bench._acd.phones import PhoneBank
from bench._acd.queues import AppQueue, OurQueue, QueueSystem
from bench._acd.site import APP_QUEUE, Site, open_site, wait_no_channel
from bench._results import keep
from core.bus import Bus
from core.errors import HotlineError
from telephony.ami import AmiLink

AGENTS = (10, 100)
WAITING = (1, 100, 500)
SECONDS = {1: 25.0, 100: 18.0, 500: 30.0}
"""How long each of the two waits is measured, by the number of waiting callers: with one, releases come one by one."""
QUICK_WAITING = (1, 100)
QUICK_SECONDS = 6.0


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of the values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def figures_of(values: Sequence[float]) -> dict[str, float]:
    """Return number, p50, p90, p99 and max in milliseconds."""
    if not values:
        return {"samples": 0}
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    return {"samples": len(values), **{name: round(percentile(values, one) * 1000, 2) for name, one in shares.items()}}


async def measure(*, quick: bool) -> list[Cell]:
    """Run every cell; both queues take turns at each number of waiting callers."""
    waiting = QUICK_WAITING if quick else WAITING
    _say("starting Asterisk, broker, Valkey and the engine …")
    async with open_site(max(AGENTS)) as site:
        asterisk = site.settings.asterisk
        link = AmiLink(asterisk.host, asterisk.ami_port, "bench", site.ami_password)
        bus = Bus(site.settings.mqtt, "hotline", site.secrets.mqtt_password, "bench")
        bank = PhoneBank(site.agents, (asterisk.bind, asterisk.sip_port))
        await link.start()
        async with bus, Line(link) as line:
            await bank.start()
            await _engine_answers(bus)
            cells: list[Cell] = []
            for number in waiting:
                for system in (AppQueue(link), OurQueue(bus)):
                    seconds = QUICK_SECONDS if quick else SECONDS[number]
                    cells += await _with_waiting(site, system, bank, line, number, seconds)
        bank.close()
        await link.close()
    return cells


async def _engine_answers(bus: Bus) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await bus.request("hotline/rpc/engine/state", {}, timeout=1.0)
            except HotlineError:
                await asyncio.sleep(0.2)
            else:
                return


async def _with_waiting(
    site: Site, system: QueueSystem, bank: PhoneBank, line: Line, number: int, seconds: float
) -> list[Cell]:
    cells = []
    processes = (site.asterisk, psutil.Process(site.engine.pid))
    async with Callers((site.settings.asterisk.bind, site.settings.asterisk.sip_port), system.number) as callers:
        stage = Stage(system, bank, callers, line, processes)
        for agents in AGENTS:
            _say(f"{system.name}: {agents} agents, {number} waiting (load {os.getloadavg()[0]:.1f}) …")
            cell = await stage.run(agents, number, seconds)
            callers.require_running()
            ready, hung_up = figures_of(cell.ready), figures_of(cell.hung_up)
            _say(f"  ready → INVITE {ready}; BYE → INVITE {hung_up}; missed {cell.missed}")
            cells.append(cell)
    await wait_no_channel(site.switch)
    line.empty()
    return cells


def ratio(theirs: Sequence[float], ours: Sequence[float], share: float) -> float:
    """Return how many times faster ours is at this percentile; 0 when one of both was never seen to offer a call."""
    return percentile(theirs, share) / percentile(ours, share) if theirs and ours else 0.0


def table(cells: Sequence[Cell]) -> list[str]:
    """Return the lines of the table, milliseconds."""
    head = (
        f"{'agents':>6} {'waiting':>8} {'(seen)':>9} {'queue':>10} | {'ready → INVITE: p50':>20} {'p90':>7} {'p99':>7} "
        f"{'max':>7} | {'BYE → INVITE: p50':>18} {'p90':>7} {'p99':>7} {'max':>7} | {'Asterisk':>8} {'engine':>7} "
        f"{'events/call':>11}"
    )
    return [head, *(_row(cell) for cell in sorted(cells, key=lambda one: (one.agents, one.waiting)))]


def _row(cell: Cell) -> str:
    ready, hung_up = figures_of(cell.ready), figures_of(cell.hung_up)
    first, second = (
        " ".join(f"{one.get(name, math.nan):>7.1f}" for name in ("p90", "p99", "max")) for one in (ready, hung_up)
    )
    seen = f"{cell.waiting_seen[0]}–{cell.waiting_seen[1]}"
    return (
        f"{cell.agents:>6} {cell.waiting:>8} {seen:>9} {cell.system:>10} | "
        f"{ready.get('p50', math.nan):>20.1f} {first} | "
        f"{hung_up.get('p50', math.nan):>18.1f} {second} | {cell.asterisk_cpu:>7.0%} {cell.engine_cpu:>7.1%} "
        f"{cell.events_per_call:>11.1f}"
    )


def summary(cells: Sequence[Cell]) -> dict[str, object]:
    """Return the figures that are kept: the smallest ratios over sizes and waits, and every cell."""
    pairs = {(cell.agents, cell.waiting, cell.system): cell for cell in cells}
    ratios: dict[float, list[float]] = {0.5: [], 0.99: []}
    for (agents, waiting, system), ours in pairs.items():
        if system != "hotline":
            continue
        theirs = pairs[agents, waiting, "app_queue"]
        for share, found in ratios.items():
            found.append(ratio(theirs.ready, ours.ready, share))
            found.append(ratio(theirs.hung_up, ours.hung_up, share))
    return {
        "ratio_p50_min": round(min(ratios[0.5]), 1),
        "ratio_p99_min": round(min(ratios[0.99]), 1),
        "missed": sum(cell.missed for cell in cells),
        "app_queue": APP_QUEUE,
        "cells": [_kept(cell) for cell in cells],
    }


def _kept(cell: Cell) -> dict[str, object]:
    return {
        "queue": cell.system,
        "agents": cell.agents,
        "waiting": cell.waiting,
        "waiting_seen": list(cell.waiting_seen),
        "ready_to_invite_ms": figures_of(cell.ready),
        "hang_up_to_invite_ms": figures_of(cell.hung_up),
        "asterisk_cpu": round(cell.asterisk_cpu, 3),
        "engine_cpu": round(cell.engine_cpu, 3),
        "ami_events_per_call": round(cell.events_per_call, 1),
    }


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Measure, print the table and keep the figures; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer sizes and samples, about two minutes")
    cells = asyncio.run(measure(quick=parser.parse_args().quick))
    print("\n".join(table(cells)))
    figures = summary(cells)
    print(f"-> {keep('acd', figures)}")
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
