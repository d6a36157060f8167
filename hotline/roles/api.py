"""Role `api`: the HTTP server."""

from api.app import create_app
from api.server import serve
from hotline.house import House
from hotline.services import api_services


async def run(house: House) -> None:
    """Run the role until cancelled.

    Raises:
        PartUnavailable: the port is taken.
    """
    async with api_services(house) as services:
        await serve(create_app(services), house.settings.api)
