"""The pages that explain the interface work on a closed network."""

import re

from httpx import AsyncClient


async def test_the_docs_page_brings_everything_it_needs(client: AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.status_code == 200
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert links
    for link in links:
        assert not re.match(r"(https?:)?//", link), link
        answer = await client.get(link)
        assert answer.status_code == 200, link
