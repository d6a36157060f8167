"""After the demo: everything goes on, an agent answers by himself, and one may ring in."""

import asyncio
import signal

from rich.console import Console

from hotline.demo.conversation import AUDIO
from hotline.demo.people import Person
from hotline.demo.stage import Stage
from hotline.phones import citizen_phone
from telephony.phones.scripted import Script, ScriptedPhone

_AUTOMATIC, _OWN = "8002", "8001"
_GREETING = AUDIO / "agent-1.wav"


async def linger(console: Console, stage: Stage) -> None:
    """Keep a scripted agent ready and tell how to ring in, until SIGINT or SIGTERM."""
    settings = stage.settings()
    secrets = {number: _secret(stage, number) for number in (_AUTOMATIC, _OWN)}
    server = (settings.asterisk.bind, settings.asterisk.sip_port)
    script = Script(answer_after=2.0, say=[(0.5, _GREETING)])
    phone = ScriptedPhone(_AUTOMATIC, server, password=secrets[_AUTOMATIC], script=script)
    await phone.start()
    agent = await Person.sign_on(stage.api, f"a{_AUTOMATIC}", stage.password)
    try:
        await phone.register()
        await agent.post("/agents/me/state", {"state": "ready"})
        _tell(console, stage, secrets[_OWN])
        await _until_told()
    finally:
        await agent.leave()
        await phone.close()


def _tell(console: Console, stage: Stage, own_secret: str) -> None:
    settings = stage.settings()
    citizen = citizen_phone(stage.secrets())
    sip = f"{settings.asterisk.bind}:{settings.asterisk.sip_port}"
    console.print(
        "\n[bold]保持运行,Ctrl-C 结束。[/]\n"
        f"接口    {stage.api}/docs\n"
        f"登录    leader(班长)、a8001 与 a8002(坐席)、clerk(承办单位)、admin(管理员),口令都是 {stage.password}\n"
        f"拨入    软电话直接呼叫 sip:12345@{sip}(不必注册);"
        f"或以账号 {citizen.number}、口令 {citizen.secret} 注册到 {sip} 后拨 12345\n"
        f"接听    坐席 {_AUTOMATIC} 由演示程序自动接听;要自己接听,以账号 {_OWN}、口令 {own_secret} 注册,"
        f'并以 a{_OWN} 登录后 POST /api/v1/agents/me/state {{"state": "ready"}}\n'
        f"短信    {settings.sms_dir}/outbox(回复放入 inbox)\n"
        f"日志    {stage.log}",
        highlight=False,
    )


def _secret(stage: Stage, number: str) -> str:
    return stage.hotline("agent", "show", number).split("口令 ", 1)[1].split(",")[0].strip()


async def _until_told() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    await told.wait()
