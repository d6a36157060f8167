"""uvicorn as this application wants it: own socket with a plain word when the port is taken, bounded farewell."""

import asyncio
import errno
import socket

import uvicorn
from fastapi import FastAPI

from core.errors import PartUnavailable
from core.ports import holder_name
from core.settings import ApiSettings

FAREWELL_SECONDS = 5
"""How long a running request may take after SIGTERM; desktops on the live push are told to come back at once."""


def listen(settings: ApiSettings) -> socket.socket:
    """Return the listening socket.

    Raises:
        PartUnavailable: the port is taken or the address is not ours.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        taken = error.errno == errno.EADDRINUSE
        holder = f"被 {holder_name(settings.port)} 占用" if taken else ""
        problem = f"端口 {settings.port} 已{holder}" if taken else f"无法监听 {settings.host}({error.strerror})"
        raise PartUnavailable("api", problem, remedy="结束占用端口的程序,或修改 HOTLINE_API__PORT") from error
    return listener


async def serve(app: FastAPI, settings: ApiSettings) -> None:
    """Serve until cancelled (or SIGTERM or SIGINT comes), then say farewell within `FAREWELL_SECONDS`.

    Raises:
        PartUnavailable: see `listen`.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=FAREWELL_SECONDS,
        ws_max_size=64 * 1024,
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
    )
    with listen(settings) as listener:
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            server.should_exit = True
            await serving
            raise
