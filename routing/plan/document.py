"""A plan of queues as data: frozen, every value in its bounds. Durations are seconds, levels 1 (some) to 5 (expert).

What one value cannot show (overlaps, cycles, queues nobody can serve) is judged by `routing.plan.check`.
"""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

NAME_PATTERN = r"^[a-z][a-z0-9_-]{0,39}$"
NUMBER_PATTERN = r"^[0-9]{3,20}$"
Name = Annotated[str, Field(pattern=NAME_PATTERN)]
"""Machine name of a queue, skill, partner, pause reason, announcement or surge."""
Label = Annotated[str, Field(min_length=1, max_length=40)]
"""What people read."""
Dialled = Annotated[str, Field(pattern=NUMBER_PATTERN)]
Level = Annotated[int, Field(ge=1, le=5)]
Wants = dict[Name, Level]
"""Skills wanted, each with its least level."""
Seconds = Annotated[int, Field(ge=0, le=86_400)]

EMERGENCY_NUMBERS = ("110", "119", "120", "122")
"""Police, fire, ambulance, traffic police: they never queue (国办函〔2025〕66号)."""

CLOSED_ANNOUNCEMENT = "closed"
"""What a caller hears outside the hours where the plan names nothing else."""


def _time_of_day(text: str) -> str:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00", text):
        raise ValueError("时间须写作 HH:MM(00:00 至 24:00)")
    return text


TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Strategy(StrEnum):
    """Which of the fitting ready agents gets the call."""

    LONGEST_IDLE = "longest_idle"
    LEAST_CALLS = "least_calls"
    """Fewest calls taken since signing on; then longest idle."""
    BEST_SKILL = "best_skill"
    """Highest sum of levels in the skills wanted; then longest idle."""


class SkillKind(StrEnum):
    """What a skill is about."""

    SUBJECT = "subject"
    LANGUAGE = "language"
    REGION = "region"
    ENTERPRISE = "enterprise"


class Skill(_Part):
    """Something an agent can, at a level."""

    name: Name
    label: Label
    kind: SkillKind = SkillKind.SUBJECT


class WideningStep(_Part):
    """From `after_seconds` of waiting on, agents who satisfy this step may take the call too."""

    after_seconds: Annotated[int, Field(ge=1, le=86_400)]
    wants: Wants = {}
    """Skills wanted by this step instead of the queue's; empty: any agent of the queues."""
    agents_of: tuple[Name, ...] = ()
    """Agents of these queues too; empty: the agents of the call's own queue only."""


class OverflowAction(StrEnum):
    """What becomes of a call that waited too long, or came outside the hours."""

    QUEUE = "queue"
    """It goes on waiting in another queue, at the place its age gives it."""
    PARTNER = "partner"
    """It goes to a partner hotline."""
    CALLBACK = "callback"
    """The caller is offered a callback that keeps his place; he waits on meanwhile."""
    ANNOUNCEMENT = "announcement"
    """The caller hears an announcement and waits on."""
    END = "end"
    """Only outside the hours: the caller hears an announcement, and the call ends."""


class Diversion(_Part):
    """Where a call goes, or what its caller hears."""

    action: OverflowAction
    target: str = ""
    """Name of the queue, the partner or the announcement; empty for a callback, or for `end` with `closed`."""


class OverflowStep(Diversion):
    """A diversion after `after_seconds` of waiting in the queue."""

    after_seconds: Annotated[int, Field(ge=0, le=86_400)]


Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Opening(_Part):
    """Open on these days of the week between two times of day in Asia/Shanghai."""

    days: tuple[Day, ...] = Field(min_length=1)
    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)


class SpecialDay(_Part):
    """A day whose hours differ from the week's (holiday, make-up working day)."""

    day: date
    queues: tuple[Name, ...] = ()
    """Queues it holds for; empty: all that have hours."""
    open: tuple[tuple[TimeOfDay, TimeOfDay], ...] = ()
    """Open between these times; empty: closed all day."""


class QueueSounds(_Part):
    """What the waiting caller hears; 0 seconds: never."""

    music: Name = "default"
    greeting: str = ""
    """Announcement played once at the beginning; empty: none."""
    position_every_seconds: Annotated[int, Field(ge=0, le=3600)] = 60
    """How often position and expected wait are told."""
    comfort_every_seconds: Annotated[int, Field(ge=0, le=3600)] = 30
    comfort: tuple[Name, ...] = ("please-wait",)
    """Announcements played in turn."""


class QueueRules(_Part):
    """One queue: a service people call."""

    name: Name
    label: Label
    dialled: tuple[Dialled, ...] = ()
    """Numbers whose calls enter this queue."""
    wants: Wants = {}
    strategy: Strategy = Strategy.LONGEST_IDLE
    priority: Annotated[int, Field(ge=0, le=9)] = 0
    """Head start in steps of `Plan.ageing_seconds`; 9 is the most urgent."""
    same_agent_seconds: Annotated[int, Field(ge=0, le=600)] = 30
    """Head start of a repeat caller at the agent who served him last; 0: no such preference."""
    offer_seconds: Annotated[int, Field(ge=3, le=120)] | None = None
    """How long a phone rings; None: as in the settings."""
    wrap_up_seconds: Annotated[int, Field(ge=0, le=3600)] | None = None
    wrap_up_limit_seconds: Annotated[int, Field(ge=0, le=7200)] | None = None
    missed_offers_to_pause: Annotated[int, Field(ge=1, le=20)] | None = None
    widen: tuple[WideningStep, ...] = ()
    overflow: tuple[OverflowStep, ...] = ()
    hours: tuple[Opening, ...] = ()
    """Empty: always open."""
    closed: Diversion | None = None
    """What becomes of calls outside the hours; needed with hours."""
    sounds: QueueSounds = QueueSounds()
    callbacks: bool = True
    """Whether a caller may ask to be called back instead of waiting."""
    callback_after_seconds: Seconds = 60
    """How long a caller waits before a callback is offered to him."""
    service_level_seconds: Annotated[int, Field(ge=1, le=600)] = 15
    """Answered within this time counts as in time (GB/T 33358)."""


class PauseThen(StrEnum):
    """What follows when a pause is longer than its limit."""

    NOTICE = "notice"
    """The supervisor is told."""
    READY = "ready"
    """The agent takes calls again."""


class PauseRule(_Part):
    """A reason agents may pause for."""

    code: Name
    label: Label
    limit_seconds: Annotated[int, Field(ge=0, le=86_400)] = 0
    """Longest pause for this reason; 0: no limit."""
    at_once: Annotated[int, Field(ge=0, le=100_000)] = 0
    """How many agents may be on it at one time; 0: no limit."""
    then: PauseThen = PauseThen.NOTICE


class PartnerHotline(_Part):
    """Another hotline that takes calls over (12315, 12348 …)."""

    name: Name
    label: Label
    number: Dialled
    trunk: Annotated[str, Field(pattern=r"^([a-z][a-z0-9-]{0,30})?$")] = ""
    """Its trunk in `partners.toml`; empty: over the carrier, as any number."""


class SurgeRule(_Part):
    """What holds in addition while a surge (typhoon, outage) is in force."""

    name: Name
    label: Label
    announcement: Name
    """Emergency announcement told to every caller of the queues."""
    queues: tuple[Name, ...] = ()
    """Queues it holds for; empty: all."""
    overflow: tuple[OverflowStep, ...] = ()
    """Overflow steps that replace the queues' own."""


class AgentRule(_Part):
    """An agent: which queues he serves, and what he can."""

    number: Annotated[str, Field(pattern=r"^[0-9]{3,8}$")]
    """His number in the directory of agents."""
    queues: tuple[Name, ...] = Field(min_length=1)
    skills: Wants = {}
    agent_id: str = ""
    """Filled in from the directory when the plan is read for the engine; never written in a document."""


class AgentDefault(_Part):
    """What holds for agents whom the plan does not name."""

    queues: tuple[Name, ...] = Field(default=("general",), min_length=1)
    skills: Wants = {}


class Plan(_Part):
    """All queues and whoever serves them; one version is in force at a time."""

    default_queue: Name = "general"
    """Queue of calls whose number or queue the plan does not know: no call is lost to a typing error."""
    ageing_seconds: Annotated[int, Field(ge=1, le=600)] = 60
    """One step of priority is worth this much waiting: the bound on overtaking follows from it."""
    wishes_hold_seconds: Annotated[int, Field(ge=1, le=86_400)] = 60
    """So long what a caller chose himself (a dialect) is held to; then whoever serves the queue may take the call."""
    emergency_numbers: tuple[Dialled, ...] = EMERGENCY_NUMBERS
    surge: str = ""
    """Name of the surge in force; empty: none."""
    skills: tuple[Skill, ...] = ()
    queues: tuple[QueueRules, ...] = Field(min_length=1)
    pauses: tuple[PauseRule, ...] = ()
    partners: tuple[PartnerHotline, ...] = ()
    surges: tuple[SurgeRule, ...] = ()
    special_days: tuple[SpecialDay, ...] = ()
    agent_default: AgentDefault = AgentDefault()
    agents: tuple[AgentRule, ...] = ()

    def queue(self, name: str) -> QueueRules | None:
        """Return the rules of a queue; None: there is no such queue."""
        return next((one for one in self.queues if one.name == name), None)

    def queue_of_dialled(self, number: str) -> str:
        """Return the name of the queue a dialled number leads to; unknown numbers lead to the default queue."""
        return next((one.name for one in self.queues if number in one.dialled), self.default_queue)

    def partner(self, name: str) -> PartnerHotline | None:
        """Return a partner hotline by its name."""
        return next((one for one in self.partners if one.name == name), None)

    def surge_of(self, queue: str) -> SurgeRule | None:
        """Return the surge in force for a queue, if any."""
        found = next((one for one in self.surges if one.name == self.surge), None)
        return found if found is not None and (not found.queues or queue in found.queues) else None

    def overflow_of(self, queue: QueueRules) -> tuple[OverflowStep, ...]:
        """Return the overflow steps that hold now for a queue, the surge in force considered."""
        surge = self.surge_of(queue.name)
        return surge.overflow if surge is not None and surge.overflow else queue.overflow

    def with_agents(self, ids: dict[str, str]) -> Self:
        """Return the plan with agents' ids filled in by their number; agents without an id are left out."""
        known = tuple(one.model_copy(update={"agent_id": ids[one.number]}) for one in self.agents if one.number in ids)
        return self.model_copy(update={"agents": known})
