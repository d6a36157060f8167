"""The main job, step by step; every step is observed in the real parts or the demo fails."""

import asyncio
from pathlib import Path
from typing import Any

import httpx

from core.actors import Role
from hotline.demo import conversation as talk
from hotline.demo import matter, sound, summary
from hotline.demo.people import Person
from hotline.demo.stage import Stage
from hotline.demo.steps import Steps
from hotline.demo.watch import Watch, call_event, watching
from hotline.phones import CITIZEN_NUMBER

OUTPUT = Path("demo-output")
"""What stays of a run: the recording and the log."""
AGENTS = {"8001": "王敏", "8002": "李强"}
_UNIT = "市城市管理局"
_SETTLED_SECONDS = 3
"""A transcript that has not grown for so long is whole."""
_ALIKE = 0.85
"""Least correlation of loudness at which a recorded track is what was spoken."""


async def play(steps: Steps, stage: Stage) -> None:
    """Play all parts.

    Raises:
        NotObserved: a step was not seen.
    """
    steps.part("一、启动真实部件")
    agents, recogniser = await _set_up(steps, stage)
    settings, secrets = stage.settings(), stage.secrets()
    async with watching(settings, secrets) as watch:
        staff = await _sign_on(steps, stage)
        async with talk.phones(settings, secrets, {n: one["secret"] for n, one in agents.items()}) as cast:
            steps.seen(f"话机已注册:市民 {CITIZEN_NUMBER}(pyVoIP),坐席 {'、'.join(agents)}", "SIP REGISTER 200")
            steps.part("二、来电、排队、派话、通话")
            spoken, call_id = await _call(steps, stage, watch, cast, staff)
        steps.part("三、录音与转写")
        recording, file = await _recording(steps, watch, staff, call_id, spoken)
        await _understood(staff, call_id)
        transcript = (await staff.agent.post(f"/calls/{call_id}/reveal", {"reason": "演示核对"}))["transcript"]
        suggestions = await staff.agent.get(f"/calls/{call_id}/suggestions")
        steps.require(bool(suggestions), f"预填字段 {len(suggestions)} 项,各附原话依据", "API", else_="没有预填建议")
        steps.part("四、工单闭环与回访")
        ticket = await matter.confirm(staff, call_id, suggestions, steps)
        await matter.handle(staff, ticket["id"], steps)
        await matter.sms(settings.sms_dir, "acceptance", ticket["number"], steps)
        asked = await matter.sms(settings.sms_dir, "survey", ticket["number"], steps)
        ticket = await matter.reply(settings.sms_dir, asked["to"], "1", staff, ticket["id"], steps)
        duties = await staff.leader.get(f"/tickets/{ticket['id']}/duties")
        steps.console.print()
        outcome = summary.Outcome(spoken, transcript, suggestions, recording, file, ticket, duties)
        summary.show(outcome, steps.console, recogniser)
        for person in (staff.agent, staff.leader, staff.unit):
            await person.leave()


async def _set_up(steps: Steps, stage: Stage) -> tuple[dict[str, dict[str, str]], str]:
    """Make the instance, the agents and the accounts; start everything. Return phones and the recogniser's name."""
    await asyncio.to_thread(stage.prepare)
    steps.seen("建立实例:密钥、数据库(SQLite)、宜春市规则", str(stage.root))
    agents: dict[str, dict[str, str]] = {}
    for number, name in AGENTS.items():
        printed = await asyncio.to_thread(stage.hotline, "agent", "add", number, name)
        agents[number] = {"id": _after(printed, "坐席 "), "secret": _after(printed, "口令 ").split(",")[0]}
        await asyncio.to_thread(
            stage.hotline, *("account", "add", f"a{number}", name, "--role", Role.AGENT),
            *("--agent", agents[number]["id"]), HOTLINE_PASSWORD=stage.password,
        )  # fmt: skip
    await asyncio.to_thread(
        stage.hotline,
        "account",
        "add",
        "leader",
        "班长陈静",
        "--role",
        Role.SHIFT_LEADER,
        HOTLINE_PASSWORD=stage.password,
    )
    state = await stage.serve()
    steps.seen(f"全部角色就绪:{'、'.join(_parts(state))}", "/readyz")
    version = await asyncio.to_thread(stage.hotline, "asterisk", "cli", "core show version")
    steps.require(version.startswith("Asterisk 22"), version.split(" built")[0], "Asterisk 控制台", else_=version[:80])
    return agents, state["parts"]["speech"]["state"]


async def _sign_on(steps: Steps, stage: Stage) -> matter.Staff:
    leader = await Person.sign_on(stage.api, "leader", stage.password)
    units = {unit["name"]: unit["id"] for unit in await leader.get("/units")}
    await asyncio.to_thread(
        stage.hotline, *("account", "add", "clerk", "城管经办员", "--role", Role.UNIT, "--unit", units[_UNIT]),
        HOTLINE_PASSWORD=stage.password,
    )  # fmt: skip
    clerk = await Person.sign_on(stage.api, "clerk", stage.password)
    agent = await Person.sign_on(stage.api, "a8001", stage.password)
    steps.seen("班长、坐席、承办单位经办员已登录", "API")
    return matter.Staff(agent, leader, clerk, units[_UNIT])


async def _call(
    steps: Steps, stage: Stage, watch: Watch, cast: talk.Cast, staff: matter.Staff
) -> tuple[list[talk.Spoken], str]:
    await cast.citizen.dial("12345")
    arrived = await watch.wait("来电", call_event("arrived"))
    call_id = str(arrived["call_id"])
    steps.seen(f"市民拨打 12345,交换机应答,来电号码 {arrived['caller']}", f"AMI → MQTT,通话 {call_id}")
    queued = await watch.wait("排队", call_event("queued", call_id))
    steps.seen(f"进入队列 {queued['queue']},第 {queued['position']} 位", "ACD 引擎")
    await talk.wait_with_music(cast.citizen, steps)
    await staff.agent.post("/agents/me/state", {"state": "ready"})
    steps.seen("坐席 8001 置闲", "API → ACD 引擎")
    offer = await watch.wait("派话", call_event("offer_made", call_id))
    steps.seen(f"ACD 选中坐席:{offer['why']}", "ACD 引擎")
    number, call = await talk.first_ringing(cast)
    steps.require(number == "8001", f"坐席话机 {number} 振铃", "SIP INVITE", else_=f"{number} 振铃")
    await call.answer()
    await watch.wait("接通", call_event("leg_joined", call_id))
    steps.seen("坐席应答,双方接通", "AMI LegsJoined")
    channels = await asyncio.to_thread(stage.hotline, "asterisk", "cli", "core show channels count")
    steps.note(f"交换机:{channels.splitlines()[0]}")
    lines = talk.dialogue()
    spoken = await talk.talk(cast, call, lines)
    steps.seen(f"双方说完 {len(lines)} 句(真实普通话语音,经 G.711)", "RTP")
    await talk.transcribed(watch, call_id, lines, steps)
    await call.hang_up()
    await watch.wait("通话结束", call_event("ended", call_id), within=30.0)
    steps.seen("坐席挂机,市民听到致谢语后通话结束", "AMI Hangup")
    return spoken, call_id


async def _recording(
    steps: Steps, watch: Watch, staff: matter.Staff, call_id: str, spoken: list[talk.Spoken]
) -> tuple[dict[str, Any], Path]:
    kept = await talk.recording_kept(watch, call_id)
    recording: dict[str, Any] = await staff.leader.get(f"/calls/{call_id}/recording")
    steps.seen(f"两路录音合为立体声入库,{kept['seconds']:.1f} 秒", "recordings")
    answer = await staff.leader.raw(f"/recordings/{recording['id']}/audio", Range="bytes=0-43")
    steps.require(
        answer.status_code == httpx.codes.PARTIAL_CONTENT and answer.content[:4] == b"RIFF",
        "录音可按范围取得 (HTTP 206)",
        "API",
        else_=str(answer.status_code),
    )
    whole = await staff.leader.raw(f"/recordings/{recording['id']}/audio")
    file = await asyncio.to_thread(_save, whole.content)
    _check_sound(steps, file, spoken)
    return recording, file


async def _understood(staff: matter.Staff, call_id: str) -> None:
    """Wait until the recogniser has caught up with the call: a slow one may be some seconds behind its end."""
    utterances, unchanged = -1, 0
    for _ in range(60):
        found = len(await staff.agent.get(f"/calls/{call_id}/transcript"))
        unchanged = unchanged + 1 if found == utterances else 0
        if unchanged >= _SETTLED_SECONDS:
            return
        utterances = found
        await asyncio.sleep(1)


def _save(audio: bytes) -> Path:
    OUTPUT.mkdir(exist_ok=True)
    file = OUTPUT / "recording.wav"
    file.write_bytes(audio)
    return file


def _check_sound(steps: Steps, file: Path, spoken: list[talk.Spoken]) -> None:
    """Every utterance must be in its own speaker's channel and not in the other's."""
    for speaker, channel in (("caller", 0), ("agent", 1)):
        own, other = sound.track(file, channel), sound.track(file, 1 - channel)
        lines = [one for one in spoken if one.line.speaker == speaker]
        alike = [sound.find(sound.track(one.line.file), own).correlation for one in lines]
        leaked = [sound.find(sound.track(one.line.file), other).correlation for one in lines]
        title = "市民(左声道)" if speaker == "caller" else "坐席(右声道)"
        steps.require(
            min(alike) >= _ALIKE and min(alike) > max(leaked),
            f"{title}:{len(lines)} 句与所说逐句相符(包络相关 ≥ {min(alike):.3f};在另一声道 ≤ {max(leaked):.2f})",
            "录音文件",
            else_=f"相关 {[round(one, 2) for one in alike]},另一声道 {[round(one, 2) for one in leaked]}",
        )


def _parts(state: dict[str, Any]) -> list[str]:
    return list(state.get("parts", {}))


def _after(printed: str, mark: str) -> str:
    return printed.split(mark, 1)[1].splitlines()[0].strip()
