"""Proposals beside the ticket: what they know, that they overwrite nothing, what became of them; alarms; articles."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.services import Services
from asr.acceptance import AcceptanceLog
from asr.alarms import MOST_TOLD, AlarmDesk
from asr.events import FieldSuggested, UtteranceHeard
from core.actors import SYSTEM, Role
from core.clock import ManualClock
from core.ids import new_id
from core.personal import Personal
from tests.api.conftest import BOTH, SignOn
from tickets.channels import Channel, Opening

ARTICLES = """编号,标题,内容,关键词,有效期
K1,居住证办理材料,带身份证和租房合同到派出所办理,暂住证,
K2,公积金提取,还贷可提取,,2020-01-01
"""


@pytest.fixture(params=BOTH)
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def hear(services: Services, call: Any, words: str, speaker: str = "caller") -> dict[str, FieldSuggested]:
    at = services.clock.now()
    heard = UtteranceHeard(new_id(), call.call_id, call.caller_leg, speaker, Personal(words), at, at, 0.9)
    await services.transcripts.add(heard)
    return {one.field: one for one in await services.transcripts.suggest(call.call_id)}


async def test_proposals_change_nothing_that_stands_on_the_ticket(services: Services, call: Any) -> None:
    ticket_id = await services.tickets.open_draft(call.call_id, Personal("13900005678"), "12345")
    typed = {"category": "suggestion", "title": "路灯", "place": "东门", "urgency": "normal", "caller_name": "王"}
    version = await services.tickets.edit_draft(ticket_id, SYSTEM, typed)
    told = await hear(services, call, "我要投诉而且着火了快来袁州区中山路八十八号")
    assert {"category", "urgency", "place", "title"} <= told.keys()
    ticket = await services.tickets.get(ticket_id)
    assert (ticket.version, ticket.category, ticket.title, ticket.urgency) == (version, "suggestion", "路灯", "normal")
    assert (await services.tickets.written_fields(ticket_id)).values["place"] == "东门"


async def test_a_subject_that_is_taken_over_stands_on_the_ticket_and_counts_as_kept(
    services: Services, call: Any
) -> None:
    ticket_id = await services.tickets.open_draft(call.call_id, Personal("13900005678"), "12345")
    told = await hear(services, call, "小区垃圾没有人清运垃圾桶都满了")
    subject = told["subject"].value.reveal()
    await services.tickets.edit_draft(ticket_id, SYSTEM, {"subject": subject})
    assert (await services.tickets.get(ticket_id)).subject == subject == "城乡建设/城市建设和市政管理/环境卫生"
    written = await services.tickets.written_fields(ticket_id)
    assert services.acceptance is not None
    assert (await services.acceptance.judge(call.call_id, written.values))["subject"] == "kept"


async def test_what_became_of_proposals_is_kept_and_told_by_field(
    client: httpx.AsyncClient, services: Services, call: Any, signed_on: SignOn, clock: ManualClock
) -> None:
    ticket_id = await services.tickets.open_draft(call.call_id, Personal("13900005678"), "12345")
    await services.transcripts.suggest(call.call_id)
    typed = {
        "category": "complaint",
        "title": "路灯坏了",
        "contact_phone": "13900005678",
        "caller_name": "李明",
    }
    await services.tickets.edit_draft(ticket_id, SYSTEM, typed)
    written = await services.tickets.written_fields(ticket_id)
    acceptance = services.acceptance
    assert isinstance(acceptance, AcceptanceLog)
    assert written.call_id == call.call_id
    await acceptance.judge(call.call_id, written.values)
    await acceptance.judge(call.call_id, written.values)  # judged again: counted once
    answer = await client.get("/api/v1/prefill/acceptance", headers=await signed_on(Role.SUPERVISOR))
    fields = {one["field"]: one for one in answer.json()}
    assert (fields["contact_phone"]["kept"], fields["contact_phone"]["rate"]) == (1, 1.0)
    assert fields["caller_name"]["replaced"] == 1
    assert fields["summary"]["left_out"] == 1
    figures = (await client.get("/metrics")).text
    assert 'hotline_prefill_proposals{field="caller_name",outcome="replaced"} 1.0' in figures
    assert "李明" not in figures
    assert (await client.get("/api/v1/prefill/acceptance", headers=await signed_on(Role.AGENT))).status_code == 403
    clock.advance(timedelta(days=31))
    assert "hotline_prefill_proposals{" not in (await client.get("/metrics")).text, "the last 30 days only"


async def test_an_alarm_is_raised_once_a_level_and_listed_for_supervisors(
    client: httpx.AsyncClient, services: Services, call: Any, signed_on: SignOn
) -> None:
    raised = []
    for words in ("小区停水了", "还是没水停水好久", "不好了楼下起火了", "起火了快来"):
        told = await hear(services, call, words)
        raised.append(await services.transcripts.raise_alarm(call.call_id, list(told.values())))
    assert [one.level if one else None for one in raised] == ["urgent", None, "critical", None]
    listed = (await client.get("/api/v1/prefill/alarms", headers=await signed_on(Role.SHIFT_LEADER))).json()
    assert {(one["level"], one["topic"]) for one in listed} == {("critical", "火灾"), ("urgent", "水")}


async def test_an_alarm_is_told_again_until_somebody_takes_it(
    client: httpx.AsyncClient, services: Services, call: Any, signed_on: SignOn, clock: ManualClock
) -> None:
    desk = AlarmDesk(services.database, clock)
    told = await hear(services, call, "不好了楼下起火了")
    await services.transcripts.raise_alarm(call.call_id, list(told.values()))
    assert await desk.tell_again() == []
    clock.advance(timedelta(seconds=61))
    assert [(one.call_id, one.told) for one in await desk.tell_again()] == [(call.call_id, 2)]
    assert await desk.tell_again() == [], "once a minute"
    leader = await signed_on(Role.SHIFT_LEADER)
    alarm = (await client.get("/api/v1/prefill/alarms", headers=leader)).json()[0]
    assert (alarm["told"], alarm["taken_by"]) == (2, None)
    take = f"/api/v1/prefill/alarms/{alarm['id']}/take"
    assert (await client.post(take, headers=await signed_on(Role.INSPECTOR))).status_code == 403
    taken = (await client.post(take, headers=leader)).json()
    assert taken["taken_by"]
    assert taken["taken_at"]
    assert (await client.post(take, headers=leader)).json() == taken, "again changes nothing"
    other = await client.post(take, headers=await signed_on(Role.SUPERVISOR))
    assert (other.status_code, other.json()["code"]) == (409, "alarm_taken")
    clock.advance(timedelta(seconds=61))
    assert await desk.tell_again() == []


async def test_an_alarm_that_nobody_takes_is_told_five_times(services: Services, call: Any, clock: ManualClock) -> None:
    desk = AlarmDesk(services.database, clock)
    told = await hear(services, call, "不好了楼下起火了")
    await services.transcripts.raise_alarm(call.call_id, list(told.values()))
    times = 0
    for _ in range(10):
        clock.advance(timedelta(seconds=61))
        times += len(await desk.tell_again())
    assert times == MOST_TOLD - 1


async def test_a_public_emergency_names_its_clause_and_limit(services: Services, call: Any) -> None:
    told = await hear(services, call, "我们这里停水了")
    assert told["public_emergency"].value == Personal("water")
    assert "YC-15a" in told["public_emergency"].reason.reveal()


async def test_a_ground_to_refuse_comes_with_clause_and_guidance(services: Services, call: Any) -> None:
    reason = (await hear(services, call, "法院已经判了我不服"))["refusal"].reason.reveal()
    assert reason.startswith("YC-11")
    assert "程序" in reason


async def test_a_cancelled_line_is_never_proposed_and_one_in_use_comes_with_its_name(
    services: Services, call: Any
) -> None:
    assert "hotline" not in await hear(services, call, "我想问公积金怎么提取")
    told = await hear(services, call, "还有公司不发工资")
    assert told["hotline"].value == Personal("12333")
    assert "YC-19" in told["hotline"].reason.reveal()


async def test_an_earlier_ticket_of_the_same_caller_on_the_same_matter_is_proposed_as_repeat(
    services: Services, call: Any, clock: ManualClock
) -> None:
    caller = Personal("13900005678")
    fields = {"title": "路灯坏了", "summary": "路灯坏了三天没有人修"}
    earlier = await services.tickets.open(Opening(Channel.CALL, new_id(), caller, "12345"), SYSTEM, fields)
    other = {"title": "停水", "summary": "小区停水自来水公司电话打不通"}
    await services.tickets.open(Opening(Channel.CALL, new_id(), caller, "12345"), SYSTEM, other)
    told = {one.field: one for one in await services.transcripts.suggest(call.call_id)}
    assert told["repeat"].value.reveal() == (await services.tickets.get(earlier)).number


async def test_articles_are_imported_found_proposed_and_dropped(
    client: httpx.AsyncClient, services: Services, call: Any, signed_on: SignOn
) -> None:
    admin, agent = await signed_on(Role.ADMIN), await signed_on(Role.AGENT)
    given = {"name": "a.csv", "text": ARTICLES}
    assert (await client.post("/api/v1/knowledge/import", headers=agent, json=given)).status_code == 403
    assert (await client.post("/api/v1/knowledge/import", headers=admin, json=given)).json() == {"taken": 2, "new": 2}
    assert (await client.post("/api/v1/knowledge/import", headers=admin, json=given)).json() == {"taken": 2, "new": 0}
    found = (await client.get("/api/v1/knowledge", headers=agent, params={"q": "居住证怎么办"})).json()
    assert [one["article"]["code"] for one in found] == ["K1"]
    expired = (await client.get("/api/v1/knowledge", headers=agent, params={"q": "公积金提取"})).json()
    assert expired == []
    told = await hear(services, call, "请问办理居住证要带什么材料")
    assert told["article"].value == Personal("K1")
    assert (await client.delete("/api/v1/knowledge/K1", headers=admin)).status_code == 204
    assert (await client.get("/api/v1/knowledge/K1", headers=agent)).status_code == 404


async def test_a_file_without_titles_or_with_a_wrong_day_is_refused_with_the_reason(
    client: httpx.AsyncClient, signed_on: SignOn
) -> None:
    admin = await signed_on(Role.ADMIN)
    for text in ("内容\n只有内容\n", "标题,内容,有效期\n甲,乙,明天\n", ""):
        answer = await client.post("/api/v1/knowledge/import", headers=admin, json={"name": "a.csv", "text": text})
        assert answer.status_code == 422
        assert answer.json()["message"]


async def test_erasing_a_transcript_takes_proposals_corrections_and_alarms_with_it(
    services: Services, call: Any
) -> None:
    told = await hear(services, call, "着火了")
    await services.transcripts.raise_alarm(call.call_id, list(told.values()))
    acceptance = services.acceptance
    assert isinstance(acceptance, AcceptanceLog)
    await acceptance.judge(call.call_id, {"place": "某处"})
    await services.transcripts.erase(call.call_id, "YC-13.9")
    assert await acceptance.rates() == []
    assert await AlarmDesk(services.database, services.clock).since(services.clock.now()) == []
    assert await services.transcripts.suggest(call.call_id) == []
