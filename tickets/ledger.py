"""The ledger of a ticket: events chained by SHA-256, so that a change, a gap or a cut end is seen. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

GENESIS = "0" * 64
"""Previous hash of the first event."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One event as it is hashed. `note_digest` stands for the note, so that a note can be erased by rule."""

    ticket_id: str
    seq: int
    event: str
    state: str
    actor_id: str
    actor_role: str
    unit_id: str | None
    at: datetime
    data: Mapping[str, object]
    note_digest: str | None
    previous: str
    hash: str


def chain_hash(entry: LedgerEntry) -> str:
    """Return the SHA-256 (hex) of the entry's canonical JSON, the previous hash included."""
    body = {
        "ticket_id": entry.ticket_id,
        "seq": entry.seq,
        "event": entry.event,
        "state": entry.state,
        "actor_id": entry.actor_id,
        "actor_role": entry.actor_role,
        "unit_id": entry.unit_id,
        "at": entry.at.isoformat(),
        "data": entry.data,
        "note_digest": entry.note_digest,
        "previous": entry.previous,
    }
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def first_fault(entries: Sequence[LedgerEntry], head: str) -> str | None:
    """Return what is wrong with a chain that should end in `head`, in Chinese; None: it is whole."""
    previous = GENESIS
    for position, entry in enumerate(entries, start=1):
        if entry.seq != position:
            return f"第{position}条缺失"
        if entry.previous != previous:
            return f"第{position}条与前一条不衔接"
        if chain_hash(entry) != entry.hash:
            return f"第{position}条内容被改动"
        previous = entry.hash
    return None if previous == head else "末尾记录缺失"
