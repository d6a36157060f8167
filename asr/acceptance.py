"""How proposals fare: what people kept, edited, replaced or left out, per field."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from asr import repository
from asr.model import Correction
from asr.prefill.judging import Outcome, is_judged, outcome_of
from core.clock import Clock
from core.database import Database
from core.personal import Personal


@dataclass(frozen=True, slots=True)
class FieldAcceptance:
    """What became of the proposals of one field. `rate`: share kept or only edited (0 to 1)."""

    field: str
    proposed: int
    kept: int
    edited: int
    replaced: int
    left_out: int

    @property
    def rate(self) -> float:
        """Share that served the agent."""
        return round((self.kept + self.edited) / self.proposed, 4) if self.proposed else 0.0


class AcceptanceLog:
    """Keeps what people put in the place of proposals, and counts it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def judge(self, call_id: str, put: Mapping[str, str]) -> Mapping[str, Outcome]:
        """Compare the standing proposals of a call with its ticket; again replaces the judgement.

        Args:
            call_id: the call.
            put: what stands on the ticket, by field; empty fields are left out.
        """
        async with self._database.transaction() as session:
            proposals = [one for one in await repository.suggestions(session, call_id) if is_judged(one.field)]
            known = {row.field: row for row in await repository.corrections(session, call_id)}
            judged: dict[str, Outcome] = {}
            for one in proposals:
                text = put.get(one.field)
                outcome = outcome_of(one.field, one.value.reveal(), text)
                row = known.get(one.field)
                if row is None:
                    row = Correction(call_id=call_id, field=one.field)
                    session.add(row)
                row.proposed, row.confidence, row.outcome = one.value, one.confidence, outcome.value
                row.put, row.judged_at = Personal(text) if text else None, self._clock.now()
                judged[one.field] = outcome
        return judged

    async def rates(self, since: datetime | None = None, until: datetime | None = None) -> list[FieldAcceptance]:
        """Return what became of proposals judged in a period, by field."""
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        async with self._database.reading() as session:
            for field, outcome, count in await repository.outcomes(session, since, until):
                counts[field][outcome] += count
        return [
            FieldAcceptance(
                field,
                found.total(),
                found[Outcome.KEPT],
                found[Outcome.EDITED],
                found[Outcome.REPLACED],
                found[Outcome.LEFT_OUT],
            )
            for field, found in sorted(counts.items())
        ]
