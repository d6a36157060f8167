"""The people of the demo, each signed on to the API with a role of their own."""

from dataclasses import dataclass
from typing import Any, Self

import httpx

from hotline.demo.steps import NotObserved


@dataclass(slots=True)
class Person:
    """A signed-on person: requests with their token, refusals as `NotObserved`."""

    name: str
    client: httpx.AsyncClient
    token: str

    @classmethod
    async def sign_on(cls, api: str, login: str, password: str) -> Self:
        """Sign on.

        Raises:
            NotObserved: the API refused.
        """
        client = httpx.AsyncClient(base_url=f"{api}/api/v1", timeout=15, trust_env=False)
        answer = await client.post("/sign-on", json={"login": login, "password": password})
        if answer.status_code != httpx.codes.OK:
            raise NotObserved(f"{login} 登录:{answer.status_code} {answer.text[:200]}")
        token = answer.json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        return cls(answer.json()["me"]["name"], client, token)

    async def get(self, path: str, **query: Any) -> Any:
        """GET and return the JSON answer."""
        return _checked(await self.client.get(path, params=query)).json()

    async def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        """POST and return the JSON answer."""
        answer = _checked(await self.client.post(path, json=body or {}, headers=headers))
        return answer.json() if answer.content else None

    async def raw(self, path: str, **headers: str) -> httpx.Response:
        """GET and return the whole answer."""
        return _checked(await self.client.get(path, headers=headers))

    async def leave(self) -> None:
        """Close the connection."""
        await self.client.aclose()


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_error:
        request = answer.request
        raise NotObserved(f"{request.method} {request.url.path}:{answer.status_code} {answer.text[:300]}")
    return answer
