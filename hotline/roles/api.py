"""Role `api`: the HTTP server."""

import asyncio

import uvicorn

from api.app import create_app
from core.errors import PartUnavailable
from hotline.house import House
from hotline.services import api_services


async def run(house: House) -> None:
    """Run the role until cancelled.

    Raises:
        PartUnavailable: the port is taken.
    """
    settings = house.settings.api
    async with api_services(house) as services:
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(services),
                host=settings.host,
                port=settings.port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=5,
            )
        )
        # we handle the signals: uvicorn's own handlers would leave the house open
        task = asyncio.create_task(server.serve())
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            server.should_exit = True
            await task
            raise
        except SystemExit:
            raise PartUnavailable(
                "api", f"端口 {settings.host}:{settings.port} 已被占用", remedy="停止占用端口的程序,或修改设置 api.port"
            ) from None
