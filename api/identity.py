"""Who asks: dependencies that turn the bearer token into an actor and check the role against the table."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.permissions import Act, may
from api.services import Services
from core.actors import Actor
from core.errors import Forbidden, NotSignedOn

_bearer = HTTPBearer(
    auto_error=False, scheme_name="token", description="登录后得到的访问令牌 / token given by POST /api/v1/sign-on"
)


def services_of(request: Request) -> Services:
    """Return the services this application was made with."""
    services: Services = request.app.state.services
    return services


ServicesOf = Annotated[Services, Depends(services_of)]


def address_of(request: Request) -> str:
    """Return the network address of the asker (uvicorn has resolved trusted proxies)."""
    return request.client.host if request.client else "unknown"


AddressOf = Annotated[str, Depends(address_of)]


async def signed_on(
    request: Request,
    services: ServicesOf,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Actor:
    """Return the actor of the token.

    Raises:
        NotSignedOn: there is none, or it is not valid (any more).
    """
    if given is None:
        raise NotSignedOn("请先登录")
    account = await services.accounts.identify(given.credentials)
    request.state.account_id = account.id
    return account.actor


class May:
    """Dependency: the signed-on person, refused when the role may not do `act`."""

    def __init__(self, act: Act) -> None:
        self.act = act

    def __call__(self, actor: Annotated[Actor, Depends(signed_on)]) -> Actor:
        """Return the actor.

        Raises:
            Forbidden: the table does not list the role for the act.
        """
        if not may(actor.role, self.act):
            raise Forbidden("您的角色无权进行此操作", detail={"act": self.act.value, "role": actor.role.value})
        return actor
