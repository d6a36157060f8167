"""Acts of people that go into the engine: refused with a typed error when they are impossible; then nothing changed."""

from dataclasses import dataclass

from routing.plan.document import Plan


@dataclass(frozen=True, slots=True)
class AgentSignedOn:
    """A person takes a seat. He is paused (reason `signed_on`) until `AgentReady`.

    The plan says which queues an agent serves whom it names; for others it is `queues`, and without them the plan's
    `agent_default`.

    Raises:
        InvalidInput: `queues` is empty.
        Conflict: another signed-on agent holds the phone.
    """

    agent_id: str
    endpoint: str
    queues: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class AgentSignedOff:
    """A person leaves; while talking it holds from the end of the talk on, and the wrap-up is left out."""

    agent_id: str
    by: str = ""
    """Account of the supervisor who logs the agent out; empty: the agent himself."""


@dataclass(frozen=True, slots=True)
class AgentReady:
    """A person takes calls; ends a wrap-up or a pause. While talking it holds from the end of the wrap-up on."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class AgentPaused:
    """A person takes a break; `reason` is a code or words. An offer that rings is withdrawn."""

    agent_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class WrapUpDone:
    """A person finished the wrap-up before its limit."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class WrapUpExtended:
    """A person needs `seconds` more, up to `Policy.wrap_up_limit_seconds` in all.

    Raises:
        InvalidInput: `seconds` is not positive.
        Conflict: the limit is reached.
    """

    agent_id: str
    seconds: int


@dataclass(frozen=True, slots=True)
class CallMoved:
    """A supervisor puts a waiting call into another queue; its age counts there.

    Raises:
        NotFound: no such queue, or no such call waits.
    """

    call_id: str
    queue: str
    by: str


@dataclass(frozen=True, slots=True)
class CallAssigned:
    """A supervisor gives a waiting call to an agent, whatever his skills: his phone rings at once.

    Raises:
        NotFound: no such agent, or no such call waits.
        Conflict: the agent is not free.
    """

    call_id: str
    agent_id: str
    by: str


@dataclass(frozen=True, slots=True)
class CallTakenOut:
    """A supervisor takes a waiting call out of the queue (to answer it himself, or to end it); no phone rings any more.

    Raises:
        NotFound: no such call waits.
    """

    call_id: str
    by: str


@dataclass(frozen=True, slots=True)
class PlanChanged:
    """Another version of the plan is in force, with agents' ids filled in (`PlanService.current`).

    Waiting calls keep their age; those of a queue that is no more go to the default queue. Agents serve what the new
    plan says from now on; talks and ringing phones go on.
    """

    plan: Plan
    version: int
