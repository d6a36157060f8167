"""Records of accountability over the wire."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas.base import Body, View
from api.schemas.fields import Masked, NumbersMasked


class SanctionOf(Body):
    """What is proposed against whom, resting on what."""

    unit_id: str = Field(min_length=1, max_length=36)
    kind: str = Field(min_length=1, max_length=40, examples=["criticism"])
    facts: str = Field(min_length=1, max_length=4000)
    person: str | None = Field(None, min_length=1, max_length=60)
    ticket_id: str | None = Field(None, max_length=36)


class SanctionDecision(Body):
    """What becomes of a proposal."""

    result: Literal["imposed", "tolerated", "dismissed"] = Field(description="tolerated: 容错")
    decision: str = Field(min_length=1, max_length=4000, description="文号或理由 / document or why")
    points: float = Field(0, ge=0, le=100)


class Sanction(View):
    """A record of accountability."""

    id: str
    unit_id: str
    person: Masked | None
    kind: str
    title: str
    clause: str
    ticket_id: str | None
    facts: NumbersMasked
    state: str = Field(description="proposed, imposed, tolerated, dismissed")
    points: float
    proposed_by: str
    proposed_at: datetime
    decision: NumbersMasked | None
    decided_by: str | None
    decided_at: datetime | None
