"""`/api/v1/live`: the WebSocket of a desktop.

The token comes in the first message `{"token": "…"}` or as the subprotocol `token.<token>` next to `hotline.v1`; never
in the URL, which proxies log. Close codes: 4401 not signed on (any more), 4403 the role hears nothing, 4408 no token
came, 4413 too slow.
"""

import asyncio
import contextlib
import json

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from api.live import Client, Hub
from api.permissions import Act, may
from api.services import Services
from core.actors import Actor
from core.errors import HotlineError, NotSignedOn

router = APIRouter()

NOT_SIGNED_ON = 4401
FORBIDDEN = 4403
NO_TOKEN = 4408
TOO_SLOW = 4413
PROTOCOL = "hotline.v1"
_TOKEN_PROTOCOL = "token."  # noqa: S105 - a prefix
_TOKEN_SECONDS = 5.0
RECHECK_SECONDS = 15.0


@router.websocket("/live")
async def live(websocket: WebSocket) -> None:
    """Push what the bus tells to this desktop until it goes, falls behind, or its session ends."""
    services: Services = websocket.app.state.services
    await websocket.accept(subprotocol=PROTOCOL if PROTOCOL in websocket.scope["subprotocols"] else None)
    try:
        token = await _token_of(websocket)
        actor = (await services.accounts.identify(token)).actor
    except TimeoutError:
        await websocket.close(NO_TOKEN, "no token")
    except NotSignedOn as error:
        await websocket.close(NOT_SIGNED_ON, error.code)
    except (WebSocketDisconnect, RuntimeError):
        return
    else:
        await _serve(websocket, services, actor, token)


async def _serve(websocket: WebSocket, services: Services, actor: Actor, token: str) -> None:
    if not may(actor.role, Act.LIVE):
        await websocket.close(FORBIDDEN, "forbidden")
        return
    hub: Hub = websocket.app.state.hub
    client = Client(actor)
    hub.join(client)
    try:
        code, reason = await _until_over(websocket, services, client, token)
    finally:
        hub.leave(client)
    if code is not None:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await websocket.close(code, reason)


async def _until_over(websocket: WebSocket, services: Services, client: Client, token: str) -> tuple[int | None, str]:
    """Run sender, reader and watchers; the first that ends ends them all (else uvicorn would not stop on SIGTERM)."""
    ends = {
        asyncio.create_task(_send(websocket, client)): (None, ""),
        asyncio.create_task(_gone(websocket)): (None, ""),
        asyncio.create_task(client.too_slow.wait()): (TOO_SLOW, "too slow"),
        asyncio.create_task(_session_over(services, token)): (NOT_SIGNED_ON, "session ended"),
    }
    try:
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in ends:
            task.cancel()
        await asyncio.gather(*ends, return_exceptions=True)
    return ends[next(iter(done))]


async def _send(websocket: WebSocket, client: Client) -> None:
    await websocket.send_text(json.dumps({"n": 0, "topic": "hello", "payload": {"role": client.actor.role}}))
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await websocket.send_text(await client.queue.get())


async def _gone(websocket: WebSocket) -> None:
    """Return when the client has gone; what it says meanwhile is ignored."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _session_over(services: Services, token: str) -> None:
    while True:
        await asyncio.sleep(RECHECK_SECONDS)
        try:
            await services.accounts.identify(token)
        except NotSignedOn:
            return
        except HotlineError:
            continue


async def _token_of(websocket: WebSocket) -> str:
    for protocol in websocket.scope["subprotocols"]:
        if protocol.startswith(_TOKEN_PROTOCOL):
            return str(protocol.removeprefix(_TOKEN_PROTOCOL))
    try:
        async with asyncio.timeout(_TOKEN_SECONDS):
            first = await websocket.receive_text()
        token = json.loads(first)["token"]
    except (ValueError, KeyError, TypeError) as error:
        raise NotSignedOn("第一条消息须为登录令牌", code="token_missing") from error
    return str(token)
