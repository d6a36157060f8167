"""What became of each hotline: calls under the number really dialled, transfers to it (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from telephony.hotlines.directory import Directory, Hotline
from telephony.views import NumberTraffic


@dataclass(frozen=True, slots=True)
class HotlineTraffic:
    """A number and what became of it; `hotline` None: it is none of the directory."""

    hotline: Hotline | None
    traffic: NumberTraffic


def by_hotline(directory: Directory, traffic: Iterable[NumberTraffic]) -> list[HotlineTraffic]:
    """Return the traffic of each number, by number; a hotline dialled under a contact of its own keeps its number."""
    own = {one.contact: one.number for one in directory.all() if one.contact and one.trunk}
    found: dict[str, NumberTraffic] = {}
    for one in traffic:
        number = own.get(one.number, one.number)
        known = found.get(number, NumberTraffic(number))
        found[number] = replace(
            known,
            calls=known.calls + one.calls,
            answered=known.answered + one.answered,
            from_partners=known.from_partners + one.from_partners,
            transfers=known.transfers + one.transfers,
            connected=known.connected + one.connected,
        )
    ordered = sorted(found.values(), key=lambda one: (len(one.number), one.number))
    return [HotlineTraffic(directory.find(one.number), one) for one in ordered]
