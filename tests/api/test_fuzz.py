import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from hotline.parts.process import free_port

CHECKS = [response_schema_conformance, status_code_conformance]
"""An answer that is not documented is a fault: 500 never is; 503 is for a part that is away here."""
EXAMPLES = 6
LEFT_OUT = {
    "sign_off": "ends the session the others need",
    "list_agents": "waits for the Valkey that is not there",
    "set_own_state": "asks the engine that is not there",
    "readyz": "looks for parts that are not there",
}
ROLE_OF = {"unit": ("sign_ticket", "answer_ticket", "return_ticket", "ask_ticket_extension")}


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory, broker: Any) -> Iterator[tuple[str, dict[str, str]]]:
    """The application in a process of its own: address and token of each role."""
    port = free_port()
    home = tmp_path_factory.mktemp("alone")
    program = Path(__file__).with_name("serve_alone.py")
    command = [sys.executable, str(program), str(home), str(port), str(broker.settings.port)]
    log = home / "log"
    with log.open("wb") as errors, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, log.read_text()
        tokens = json.loads(line)
        assert process.stdout.readline() == b"listening\n"
        yield f"http://127.0.0.1:{port}", tokens
        process.terminate()
        process.wait(15)


def _role(operation: str, path: str) -> str:
    if operation in ROLE_OF["unit"]:
        return "unit"
    if path.startswith("/api/v1/accounts"):
        return "admin"
    return "supervisor" if path.startswith("/api/v1/recordings") else "shift_leader"


def _hammer(operation: Any, headers: dict[str, str], ticket: str) -> None:
    """Send generated requests, good and bad ones, and check each answer against the document."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def send(case: Any) -> None:
        if "ticket_id" in (case.path_parameters or {}):
            case.path_parameters["ticket_id"] = ticket
        case.call_and_validate(headers=headers, checks=CHECKS)

    send()


def test_no_operation_falls_over_whatever_is_sent_and_each_answers_as_documented(
    outside: tuple[str, dict[str, str]],
) -> None:
    address, tokens = outside
    leader = {"Authorization": f"Bearer {tokens['shift_leader']}"}
    ticket = httpx.post(f"{address}/api/v1/tickets", headers=leader, json={}).json()["id"]
    wrong, tried = [], 0
    for found in schemathesis.openapi.from_url(f"{address}/openapi.json").get_all_operations():
        operation = found.ok()
        name = operation.definition.raw["operationId"]
        if name in LEFT_OUT:
            continue
        tried += 1
        try:
            _hammer(operation, {"Authorization": f"Bearer {tokens[_role(name, operation.path)]}"}, ticket)
        except (FailureGroup, Failure) as failure:
            wrong.append(f"{name}: {failure}")
    assert wrong == []
    assert tried > 50
