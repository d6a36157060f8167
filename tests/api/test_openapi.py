import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _operations(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


@pytest.fixture
def schema(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def test_every_operation_is_told_in_chinese_and_english(schema: dict[str, Any]) -> None:
    for name, operation in _operations(schema):
        chinese, _, english = operation["summary"].partition(" / ")
        assert CHINESE.search(chinese), name
        assert english, name
        assert not CHINESE.search(english), name
        assert operation["description"], name


def test_every_operation_documents_a_refusal_in_the_one_error_form(schema: dict[str, Any]) -> None:
    for name, operation in _operations(schema):
        refusals = {status: answer for status, answer in operation["responses"].items() if status.startswith("4")}
        if name.removeprefix("GET ") in {"/healthz", "/readyz", "/metrics"}:
            continue
        assert refusals, name
        for status, answer in refusals.items():
            reference = answer["content"]["application/json"]["schema"]["$ref"]
            assert reference == "#/components/schemas/ErrorBody", (name, status)


def test_operations_have_names_of_their_own_and_tags_that_are_told(schema: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in _operations(schema)]
    assert len(names) == len(set(names))
    told = {tag["name"] for tag in schema["tags"]}
    assert {tag for _, operation in _operations(schema) for tag in operation["tags"]} == told


def test_operations_that_need_a_person_say_so(schema: dict[str, Any]) -> None:
    for name, operation in _operations(schema):
        public = operation["operationId"] in {
            "sign_on", "healthz", "readyz", "metrics",
            "ask_progress", "hand_over_ticket", "get_handed_over_ticket", "take_upper_report",
        }  # fmt: skip
        assert ("security" in operation) is not public, name


def test_the_parts_of_the_product_are_there(schema: dict[str, Any]) -> None:
    wanted = {
        "/api/v1/sign-on": "post",
        "/api/v1/me": "get",
        "/api/v1/calls": "get",
        "/api/v1/calls/{call_id}": "get",
        "/api/v1/calls/{call_id}/transcript": "get",
        "/api/v1/calls/{call_id}/suggestions": "get",
        "/api/v1/calls/{call_id}/hang-up": "post",
        "/api/v1/calls/{call_id}/decisions": "get",
        "/api/v1/calls/{call_id}/recording": "get",
        "/api/v1/agents": "get",
        "/api/v1/agents/me/state": "post",
        "/api/v1/tickets": "post",
        "/api/v1/tickets/{ticket_id}": "patch",
        "/api/v1/tickets/{ticket_id}/extension": "post",
        "/api/v1/units": "get",
        "/api/v1/recordings/{recording_id}/audio": "get",
        "/api/v1/recordings/due": "get",
        "/api/v1/callbacks/{task_id}/finish": "post",
        "/healthz": "get",
        "/readyz": "get",
        "/metrics": "get",
    }
    assert {path for path, method in wanted.items() if method not in schema["paths"].get(path, {})} == set()


async def test_the_landing_page_leads_to_the_documents_and_says_how_the_parts_are(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    for wanted in ("12345", "/docs", "/readyz", "正常", "版本"):
        assert wanted in page.text
    assert (await client.get("/docs")).status_code == 200
    assert (await client.get("/openapi.json")).json()["info"]["title"] == "12345 政务服务便民热线平台"
