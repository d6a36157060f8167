"""Starting, stopping, killing, adopting a real Asterisk; what is seen when something is in the way."""

import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from asterisk import config, identity
from asterisk.instance import AsteriskInstance
from asterisk.modules import MODULES
from asterisk.phones import Phone
from core.errors import PartUnavailable
from core.settings import AsteriskSettings
from telephony.phones.user_agent import UserAgent
from tests.calls.conftest import Switch, make_switch

pytestmark = pytest.mark.calls


@pytest.fixture
async def made(asterisk_rootfs: Path, tmp_path: Path) -> AsyncIterator[Switch]:
    """A switch of this test's own that does not run yet."""
    switch = make_switch(tmp_path, "own")
    yield switch
    await switch.instance.kill()
    shutil.rmtree(switch.settings.instance_root, ignore_errors=True)


async def test_it_starts_serves_stops_and_starts_again(made: Switch) -> None:
    instance = made.instance
    assert not (await instance.health()).alive
    await instance.start()
    assert (await instance.health()).alive
    phone = UserAgent("8001", made.sip, password=made.phone("8001").secret)
    await phone.start()
    await phone.register()
    await phone.unregister()
    await phone.close()
    await instance.stop()
    assert instance.pid is None
    assert not (await instance.health()).alive
    await instance.start()
    assert (await instance.health()).alive


async def test_it_runs_as_its_own_user_and_listens_on_loopback_only(switch: Switch) -> None:
    pid = switch.instance.pid
    assert pid is not None
    process = psutil.Process(pid)
    user = identity.inside(switch.settings.asterisk.rootfs)
    assert user.uid != 0
    assert set(process.uids()) == {user.uid}
    assert set(process.gids()) == {user.gid}
    sockets = [item for item in process.net_connections("inet") if not item.raddr]
    asterisk = switch.settings.asterisk
    listeners = [item.laddr for item in sockets if item.type == socket.SOCK_STREAM]
    assert listeners == [("127.0.0.1", asterisk.ami_port)]
    datagrams = [item.laddr for item in sockets if item.type == socket.SOCK_DGRAM]
    assert ("127.0.0.1", asterisk.sip_port) in datagrams
    # PJSIP always opens the two sockets of its DNS client (config_system.c) on ports of the system's choice; it has no
    # option against it. They serve nobody and are never used, because no host name stands in our configuration.
    others = sorted(address.ip for address in datagrams if address.ip != "127.0.0.1")
    assert others == ["0.0.0.0", "::"]


async def test_every_listed_module_runs_and_the_log_has_no_complaint(made: Switch) -> None:
    await made.instance.start()
    shown = await made.instance.cli("module show")
    running = set(re.findall(r"^(\S+)\.so .* Running ", shown, re.MULTILINE))
    assert running == set(MODULES)
    log = (made.settings.instance_root / "log" / "full.log").read_text()
    assert not re.findall(r"^.*(?:WARNING|ERROR).*$", log, re.MULTILINE)


async def test_every_application_and_function_of_the_dialplan_exists(switch: Switch) -> None:
    files = config.render(switch.settings, switch.secrets, switch.phones)
    dialplan = "\n".join(text for name, text in files.items() if name.startswith("extensions"))
    code = "\n".join(line for line in dialplan.splitlines() if not line.startswith(";"))
    applications = set(re.findall(r"(?:,1|n(?:\(\w+\))?),(\w+)\(", code)) | set(re.findall(r"\?(\w+)\(", code))
    functions = set(re.findall(r"\$\{([A-Z_]+)\(", code)) | set(re.findall(r"Set\(([A-Z_]+)\(", code))
    known_applications = await switch.instance.cli("core show applications")
    known_functions = await switch.instance.cli("core show functions")
    for application in applications:
        assert re.search(rf"^\s*{application}: ", known_applications, re.MULTILINE | re.IGNORECASE), application
    for function in functions:
        assert re.search(rf"^{function[:20]}\b", known_functions, re.MULTILINE), function


@pytest.mark.parametrize(("name", "kind"), [("sip_port", socket.SOCK_DGRAM), ("ami_port", socket.SOCK_STREAM)])
async def test_a_taken_port_is_named_with_its_holder_and_the_setting(
    made: Switch, name: str, kind: socket.SocketKind
) -> None:
    port = getattr(made.settings.asterisk, name)
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        with pytest.raises(PartUnavailable) as refused:
            await made.instance.start()
    assert str(port) in refused.value.problem
    assert name in refused.value.problem
    assert psutil.Process().name() in refused.value.problem
    assert name in refused.value.remedy
    assert made.instance.pid is None


async def test_many_taken_rtp_ports_are_told_and_one_is_passed_over(made: Switch) -> None:
    first, last = made.settings.asterisk.rtp_first, made.settings.asterisk.rtp_last
    with ExitStack() as held:
        for port in range(first, first + (last - first) // 3):
            taken = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            taken.bind(("127.0.0.1", port))
        with pytest.raises(PartUnavailable, match=f"RTP 端口 {first}–{last}") as refused:
            await made.instance.start()
        assert psutil.Process().name() in refused.value.problem
        assert "rtp_first" in refused.value.remedy
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", first))
        await made.instance.start()
    assert (await made.instance.health()).alive


async def test_what_a_crash_left_behind_is_no_obstacle(made: Switch) -> None:
    await made.instance.start()
    await made.instance.kill()
    run = made.settings.instance_root / "run"
    assert (run / "asterisk.ctl").exists()
    assert made.instance.pid is None
    assert "未运行" in (await made.instance.health()).problem
    await made.instance.start()
    assert (await made.instance.health()).alive


async def test_a_stale_pid_file_that_names_another_program_is_not_believed(made: Switch) -> None:
    run = made.settings.instance_root / "run"
    run.mkdir(parents=True)
    (run / "asterisk.pid").write_text(str(psutil.Process().pid))
    assert made.instance.pid is None
    await made.instance.start()
    assert made.instance.pid not in (None, psutil.Process().pid)


async def test_a_running_switch_is_adopted_by_the_next_start_with_new_phones(made: Switch) -> None:
    await made.instance.start()
    pid = made.instance.pid
    added = [*made.phones, Phone("8010", "secret-8010", "agent", "新坐席")]
    second = AsteriskInstance(made.settings, made.secrets, added)
    await second.start()
    assert second.pid == pid
    assert "8010" in await second.cli("pjsip show endpoints")
    assert "8010" in await second.cli("queue show hotline-fallback")
    await second.reload_phones(made.phones)
    assert "8010" not in await second.cli("pjsip show endpoints")
    assert "8010" not in await second.cli("queue show hotline-fallback")


async def test_two_instances_run_side_by_side(made: Switch, switch: Switch) -> None:
    await made.instance.start()
    assert made.instance.pid != switch.instance.pid
    assert (await switch.instance.health()).alive
    await made.instance.stop()
    assert (await switch.instance.health()).alive


async def test_a_directory_that_cannot_be_written_is_told_plainly(made: Switch) -> None:
    made.settings.instance_root.mkdir(parents=True)
    (made.settings.instance_root / "spool").write_text("a file where a directory should be")
    with pytest.raises(PartUnavailable, match="不可写") as refused:
        await made.instance.start()
    assert "df -h" in refused.value.remedy


async def test_a_missing_root_file_system_names_the_command_that_makes_it(made: Switch, tmp_path: Path) -> None:
    asterisk = made.settings.asterisk.model_copy(update={"rootfs": tmp_path / "nothing"})
    settings = made.settings.model_copy(update={"asterisk": asterisk})
    with pytest.raises(PartUnavailable) as refused:
        await AsteriskInstance(settings, made.secrets, []).start()
    assert "make setup" in refused.value.remedy


async def test_an_external_switch_is_only_looked_at(switch: Switch, made: Switch) -> None:
    there = AsteriskSettings(mode="external", ami_port=switch.settings.asterisk.ami_port)
    instance = AsteriskInstance(made.settings.model_copy(update={"asterisk": there}), made.secrets, [])
    assert (await instance.health()).alive
    for act in (instance.start(), instance.stop(), instance.kill(), instance.cli("core stop now")):
        with pytest.raises(PartUnavailable, match="外部管理"):
            await act
    nowhere = AsteriskSettings(mode="external", ami_port=made.settings.asterisk.ami_port)
    gone = AsteriskInstance(made.settings.model_copy(update={"asterisk": nowhere}), made.secrets, [])
    health = await gone.health()
    assert not health.alive
    assert "asterisk.ami_port" in health.remedy


async def test_the_switch_outlives_the_event_loop_and_thread_that_started_it(made: Switch) -> None:
    await asyncio.to_thread(asyncio.run, made.instance.start())
    assert (await made.instance.health()).alive
    pid = made.instance.pid
    assert pid is not None
    assert psutil.Process(pid).terminal() is None
