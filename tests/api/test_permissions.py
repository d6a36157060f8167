from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from api.identity import May
from api.permissions import PERMISSIONS, Act, may
from core.actors import Role

PUBLIC = {
    "sign_on", "healthz", "readyz", "metrics",
    "ask_progress", "hand_over_ticket", "get_handed_over_ticket", "take_upper_report",
}  # fmt: skip
PEOPLE = [role for role in Role if role is not Role.SYSTEM]
NO_ID = "0197a0c8-7b5e-7c3a-9d2e-1f0a5b6c7d8e"


def _operations(app: FastAPI) -> Iterator[tuple[str, str, str, Act | None]]:
    """Name, method, path and act of every operation."""
    for context in iter_route_contexts(app.routes):
        route: Any = context.original_route
        if isinstance(route, APIRoute) and route.include_in_schema:
            (method,) = route.methods
            assert context.path is not None
            yield route.name, method, context.path, _act_of(route.dependant)


def _act_of(dependant: Dependant) -> Act | None:
    found = {one.call.act for one in _all_of(dependant) if isinstance(one.call, May)}
    assert len(found) < 2
    return found.pop() if found else None


def _all_of(dependant: Dependant) -> Iterator[Dependant]:
    for one in dependant.dependencies:
        yield one
        yield from _all_of(one)


def test_every_operation_names_its_act_or_is_one_of_the_few_that_are_public(app: FastAPI) -> None:
    without = {name for name, _, _, act in _operations(app) if act is None}
    assert without == PUBLIC


def test_every_act_of_the_table_is_used_and_every_act_is_in_the_table(app: FastAPI) -> None:
    used = {act for _, _, _, act in _operations(app) if act is not None}
    assert used | {Act.LIVE} == set(Act) == set(PERMISSIONS)


@pytest.mark.parametrize("role", PEOPLE)
async def test_a_role_is_refused_every_operation_that_the_table_does_not_give_it(
    app: FastAPI, client: httpx.AsyncClient, signed_on: Any, role: Role
) -> None:
    headers = await signed_on(role)
    wrong = []
    for name, method, path, act in _operations(app):
        if act is None or name in {"sign_off", "set_own_state", "hang_up"}:
            continue
        url = path.replace("{number}", NO_ID).replace("{login}", "nobody")
        for part in ("ticket_id", "call_id", "recording_id", "task_id"):
            url = url.replace("{" + part + "}", NO_ID)
        answer = await client.request(method, url, headers=headers, json={} if method != "GET" else None)
        refused = answer.status_code == 403 and answer.json()["code"] == "forbidden"
        if refused is may(role, act) or answer.status_code in {401, 500}:
            wrong.append((name, act, answer.status_code))
    assert wrong == []


async def test_without_a_token_everything_but_the_public_is_refused(app: FastAPI, client: httpx.AsyncClient) -> None:
    for name, method, path, act in _operations(app):
        answer = await client.request(method, path, json={} if method != "GET" else None)
        assert (answer.status_code == 401) is (act is not None), name


@pytest.mark.parametrize(
    ("role", "act", "allowed"),
    [
        (Role.AGENT, Act.RECORDINGS_HOLD, False),
        (Role.SHIFT_LEADER, Act.RECORDINGS_HOLD, False),
        (Role.SUPERVISOR, Act.RECORDINGS_HOLD, True),
        (Role.INSPECTOR, Act.RECORDINGS_LISTEN, True),
        (Role.INSPECTOR, Act.TICKETS_EDIT, False),
        (Role.UNIT, Act.CALLBACKS_WORK, False),
        (Role.UNIT, Act.SURVEYS_READ, False),
        (Role.UNIT, Act.CALLS_READ, False),
        (Role.UNIT, Act.TICKETS_HANDLE, True),
        (Role.ADMIN, Act.TICKETS_REVEAL, False),
        (Role.ADMIN, Act.RECORDINGS_LISTEN, False),
        (Role.SUPERVISOR, Act.ACCOUNTS_MANAGE, False),
    ],
)
def test_the_table_keeps_duties_apart(role: Role, act: Act, allowed: bool) -> None:
    assert may(role, act) is allowed
