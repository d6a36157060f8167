from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI

from api.watch import MOST_BODY_BYTES
from core.actors import Role
from core.errors import PartUnavailable


def _is_error(answer: httpx.Response, status: int, code: str) -> bool:
    body = answer.json()
    assert set(body) == {"code", "message", "detail"}
    return (answer.status_code, body["code"]) == (status, code)


async def test_an_unknown_address_and_a_wrong_method_are_answered_in_the_one_form(client: httpx.AsyncClient) -> None:
    assert _is_error(await client.get("/api/v1/nothing"), 404, "not_found")
    wrong = await client.delete("/api/v1/sign-on")
    assert _is_error(wrong, 405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"


async def test_a_refused_input_names_field_and_reason_and_never_repeats_the_value(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/sign-on", json={"login": "li", "password": "", "phone": "13900005678"})
    assert _is_error(answer, 422, "invalid_input")
    fields = {field["field"] for field in answer.json()["detail"]["fields"]}
    assert fields == {"body.password", "body.phone"}
    assert "13900005678" not in answer.text


async def test_what_is_not_json_is_refused(client: httpx.AsyncClient) -> None:
    for body in (b"{", b"\xff\xfe", b"[]", b'"text"', b""):
        answer = await client.post("/api/v1/sign-on", content=body, headers={"content-type": "application/json"})
        assert _is_error(answer, 422, "invalid_input"), body


async def test_a_body_that_is_too_large_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/sign-on", content=b" " * (MOST_BODY_BYTES + 1))
    assert _is_error(answer, 413, "too_large")


async def test_a_body_of_unknown_length_is_cut_off_when_it_is_too_large(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 100_000

    answer = await client.post("/api/v1/sign-on", content=endless(), headers={"content-type": "application/json"})
    assert _is_error(answer, 413, "too_large")


async def test_a_nul_character_is_refused_wherever_it_comes(client: httpx.AsyncClient, signed_on: Any) -> None:
    headers = await signed_on(Role.AGENT)
    body = {"login": "a\x00b", "password": "x"}
    assert _is_error(await client.post("/api/v1/sign-on", json=body), 422, "invalid_input")
    assert _is_error(await client.get("/api/v1/tickets/a%00b", headers=headers), 422, "invalid_input")
    assert _is_error(await client.get("/api/v1/calls?queue=a%00b", headers=headers), 422, "invalid_input")


async def test_a_fault_is_answered_with_an_id_that_stands_in_the_log(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    @app.get("/fault")
    async def fault() -> None:
        raise ZeroDivisionError("the secret 13900005678")

    with structlog.testing.capture_logs() as logs:
        answer = await client.get("/fault")
    assert _is_error(answer, 500, "internal_error")
    assert "secret" not in answer.text
    logged = next(line for line in logs if line["event"] == "request_failed")
    assert logged["error_id"] == answer.json()["detail"]["error_id"]
    assert "hotline_http_faults_total 1.0" in (await client.get("/metrics")).text


async def test_a_part_that_is_away_is_told_with_the_remedy(app: FastAPI, client: httpx.AsyncClient) -> None:
    @app.get("/away")
    async def away() -> None:
        raise PartUnavailable("asterisk", "没有回应", remedy="运行 hotline doctor")

    answer = await client.get("/away")
    assert _is_error(answer, 503, "part_unavailable")
    assert answer.json()["detail"] == {"part": "asterisk", "remedy": "运行 hotline doctor"}
    assert answer.headers["retry-after"]


async def test_every_answer_forbids_sniffing_framing_and_keeping(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_request_is_logged_by_the_name_of_its_operation_with_the_account(
    client: httpx.AsyncClient, signed_on: Any
) -> None:
    headers = await signed_on(Role.SUPERVISOR)
    with structlog.testing.capture_logs() as logs:
        await client.get("/api/v1/calls/13900005678?x=13900005678", headers=headers)
    (line,) = [line for line in logs if line["event"] == "request"]
    assert (line["operation"], line["status"], line["method"]) == ("get_call", 404, "GET")
    assert len(line["account"]) == 36
    assert "13900005678" not in str(line)


async def test_half_a_character_is_refused_and_never_reaches_the_database(
    client: httpx.AsyncClient, signed_on: Any
) -> None:
    headers = {**await signed_on(Role.AGENT), "content-type": "application/json"}
    body = b'{"login": "\\ud800", "password": "\\udfff"}'
    assert _is_error(await client.post("/api/v1/sign-on", content=body, headers=headers), 422, "invalid_input")
    wanted = b'{"caller": "139\\ud800"}'
    assert _is_error(await client.post("/api/v1/calls/search", content=wanted, headers=headers), 422, "invalid_input")
    opened = await client.post("/api/v1/tickets", headers=headers, content=b"{}")
    edit = {**headers, "If-Match": opened.headers["etag"]}
    url = f"/api/v1/tickets/{opened.json()['id']}"
    assert _is_error(await client.patch(url, headers=edit, content=b'{"summary": "\\ud800"}'), 422, "invalid_input")
