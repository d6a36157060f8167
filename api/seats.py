"""Taking an agent off for good, for the interface and the command line."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from api.accounts.service import AccountSeen, AccountService
from core.actors import Actor
from core.bus import Bus
from core.errors import Conflict, NotFound, PartUnavailable, TransitionRefused
from routing.service import AgentDirectory

AGENT_STATE = "hotline/rpc/engine/agent-state"


async def take_off(
    agent_id: str,
    actor: Actor,
    *,
    agents: AgentDirectory,
    accounts: AccountService,
    bus: Bus,
    phones_changed: Callable[[], Awaitable[None]],
) -> AccountSeen | None:
    """Sign an agent off (a talk goes on), end his phone's account and his login; twice is as once.

    Returns:
        The login that was locked, if he had one.

    Raises:
        NotFound: there is no such agent.
    """
    await agents.deactivate(agent_id, actor=actor)
    account = await accounts.lock_of_agent(agent_id, by=actor)
    # without an engine, or when he is not signed on, there is nobody to sign off
    with suppress(PartUnavailable, NotFound, Conflict, TransitionRefused):
        await bus.request(AGENT_STATE, {"agent_id": agent_id, "state": "offline"})
    await phones_changed()
    return account
