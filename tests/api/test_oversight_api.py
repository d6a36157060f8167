"""Case files, reports and the assessment's items over the wire."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx

from api.services import Services
from core.actors import Role
from core.clock import ManualClock

Headers = dict[str, str]
SignOn = Callable[..., Awaitable[Headers]]
FILE = {"Content-Type": "application/octet-stream"}
PDF = b"%PDF-1.4 report"


async def test_a_case_file_is_asked_for_approved_by_another_and_fetched_by_who_asked(
    client: httpx.AsyncClient, services: Services, signed_on: SignOn
) -> None:
    agent, reviewer, supervisor = [await signed_on(role) for role in (Role.AGENT, Role.REVIEWER, Role.SUPERVISOR)]
    ticket = (await client.post("/api/v1/tickets", headers=agent, json={})).json()
    url, body = f"/api/v1/tickets/{ticket['id']}/case-files", {"reason": "移送问责", "recipient": "市纪委监委"}
    assert (await client.post(url, headers=agent, json=body)).status_code == 403
    asked = await client.post(url, headers=reviewer, json=body)
    assert asked.status_code == 201, asked.text
    case = f"/api/v1/case-files/{asked.json()['id']}"
    assert (await client.get(f"{case}/file", headers=reviewer)).status_code == 409
    assert (await client.post(f"{case}/decision", headers=reviewer, json={"approved": True})).status_code == 403
    assert (await client.post(f"{case}/decision", headers=supervisor, json={"approved": True})).status_code == 200
    await services.tickets.make_case_files()
    fetched = await client.get(f"{case}/file", headers=reviewer)
    assert (fetched.status_code, fetched.content[:2]) == (200, b"PK")
    assert (await client.get(f"{case}/file", headers=supervisor)).status_code == 404
    (seen,) = (await client.get(url, headers=reviewer)).json()
    assert (seen["state"], seen["recipient"]) == ("done", "市纪委监委")


async def test_a_report_is_drafted_handed_in_and_released(
    client: httpx.AsyncClient, services: Services, clock: ManualClock, signed_on: SignOn
) -> None:
    clock.advance(timedelta(days=2))  # Sunday 22 November 2026
    reviewer, supervisor, agent = [await signed_on(role) for role in (Role.REVIEWER, Role.SUPERVISOR, Role.AGENT)]
    await services.tickets.open_reports()
    assert (await client.get("/api/v1/reports", headers=agent)).status_code == 403
    report, *_ = (await client.get("/api/v1/reports", headers=reviewer, params={"state": "open"})).json()
    assert (report["cadence"], report["clause"], report["released_by"]) == ("weekly", "YC-25", "authority")
    url = f"/api/v1/reports/{report['id']}"
    draft = await client.get(f"{url}/draft", headers=reviewer)
    assert (draft.status_code, draft.content[:2]) == (200, b"PK")
    assert (await client.put(f"{url}/file", headers=reviewer, content=PDF)).status_code == 422
    handed = await client.put(f"{url}/file", headers={**reviewer, **FILE}, content=PDF, params={"to": ["成员单位"]})
    assert (handed.status_code, handed.json()["to"]) == (200, ["成员单位"]), handed.text
    assert (await client.post(f"{url}/decision", headers=supervisor, json={"released": True})).status_code == 200
    assert (await client.get(f"{url}/file", headers=reviewer)).content == PDF
    events = [one["event"] for one in (await client.get(f"{url}/events", headers=supervisor)).json()]
    assert events == ["opened", "handed_in", "released", "fetched"]
    emergency = "/api/v1/reports/emergency"
    assert (await client.post(emergency, headers=supervisor, json={"title": "台风"})).status_code == 201
    assert (await client.delete(emergency, headers=reviewer)).status_code == 403
    assert (await client.delete(emergency, headers=supervisor)).status_code == 204


async def test_scores_evidence_days_and_exports_of_the_assessment(
    client: httpx.AsyncClient, services: Services, signed_on: SignOn
) -> None:
    supervisor, unit = await signed_on(Role.SUPERVISOR), await signed_on(Role.UNIT)
    unit_id = (await services.tickets.units())[1].id
    body = {"unit_id": unit_id, "dimension": "建章立制", "score": "88.50", "reason": "制度齐全"}
    url = "/api/v1/assessment"
    assert (await client.post(f"{url}/2026/factors", headers=unit, json=body)).status_code == 403
    made = await client.post(f"{url}/2026/factors", headers=supervisor, json=body)
    assert made.status_code == 201, made.text
    (seen,) = (await client.get(f"{url}/2026/factors", headers=unit)).json()
    assert (seen["score"], seen["dimension"]) == (88.5, "建章立制")
    proof = f"{url}/items/{made.json()['id']}"
    named = {**supervisor, **FILE, "X-File-Name": "a.pdf"}
    added = await client.post(f"{proof}/file", headers=named, content=PDF)
    assert added.status_code == 201, added.text
    assert [one["id"] for one in (await client.get(f"{proof}/evidence", headers=unit)).json()] == [added.json()["id"]]
    assert (await client.get(f"{url}/evidence/{added.json()['id']}/file", headers=unit)).content == PDF
    assert (await client.get(f"{url}/2026-11/missed", headers=unit)).json() == []
    assert len((await client.get(f"{url}/days/2026-11-20", headers=unit)).json()) <= 1
    for period, form in (("2026-11", "xlsx"), ("2026", "docx")):
        file = await client.get(f"{url}/{period}/file", headers=supervisor, params={"form": form})
        assert (file.status_code, file.content[:2]) == (200, b"PK")
        assert (await client.get(f"{url}/{period}/file", headers=unit)).status_code == 403
