"""What the routes of probe calls give."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class _Model(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ProbeShown(_Model):
    """One probe call."""

    id: str
    number: str
    name: str
    trunk: str
    at: datetime
    outcome: str = Field(description="answered、busy、no_answer、unreachable")
    answer_ms: int | None = Field(description="拨出到接通的毫秒数 / from dialling to the answer")
    heard: str = Field(
        description="person 人工,announcement 播报,own_announcement 本平台语音(未转到人工),music,silence;"
        "未接通为空 / what answered"
    )
    speech_ms: int
    passed: bool


class ProbeNumber(_Model):
    """All probe calls of one number."""

    number: str
    name: str
    calls: int
    answered: int
    passed: int
    persons: int = Field(description="听到人工应答的次数 / calls in which a person was heard")
    mean_answer_ms: int | None
    last: ProbeShown


class ProbeReport(_Model):
    """Probe calls by number."""

    days: int
    items: list[ProbeNumber]
