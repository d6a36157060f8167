"""`hotline doctor` and the machine: Python, ports, home, disk, secrets, clock; the faults are really there."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from core.secrets import Secrets
from core.settings import DiskSettings, ServerSettings, Settings
from hotline.doctor import Level, machine, ports
from tests.conftest import free_port

NOBODY = 65534
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("version", "ok"), [((3, 10, 9), False), ((3, 11, 2), True), ((3, 12, 0), True), ((3, 13, 0), False)]
)
def test_only_pythons_that_every_dependency_runs_on_are_accepted(version: tuple[int, ...], ok: bool) -> None:
    assert machine.python_version(version).ok is ok


def test_a_program_that_is_not_on_the_path_is_named_with_its_package(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(machine, "_search_path", lambda: str(tmp_path))
    mosquitto = next(finding for finding in machine.programs(settings) if "mosquitto" in finding.part)
    assert not mosquitto.ok
    assert "apt-get install mosquitto" in mosquitto.remedy


def test_a_free_port_is_well(settings: Settings) -> None:
    assert all(ports.port(settings, wanted).ok for wanted in ports.wanted_ports(settings))


@pytest.mark.parametrize(
    ("setting", "kind"), [("redis.port", socket.SOCK_STREAM), ("asterisk.sip_port", socket.SOCK_DGRAM)]
)
def test_a_port_that_another_program_holds_is_told_with_its_name_and_the_setting(
    settings: Settings, setting: str, kind: socket.SocketKind
) -> None:
    wanted = next(port for port in ports.wanted_ports(settings) if port.setting == setting)
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind((wanted.address, wanted.port))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        finding = ports.port(settings, wanted)
    assert not finding.ok
    assert f"{psutil.Process().name()}(进程 {os.getpid()})" in finding.problem
    assert setting.split(".")[1] in finding.remedy


def test_a_port_that_this_instance_holds_is_well(settings: Settings) -> None:
    wanted = next(port for port in ports.wanted_ports(settings) if port.setting == "redis.port")
    program = (
        "import socket, sys; log = open(sys.argv[1], 'a'); s = socket.create_server(('127.0.0.1', int(sys.argv[2])));"
        "print('listening', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(settings.home / "valkey.log"), str(wanted.port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        finding = ports.port(settings, wanted)
        process.communicate()
    assert finding.ok
    assert "本实例" in finding.problem


def test_parts_that_run_elsewhere_need_no_port_here(settings: Settings) -> None:
    elsewhere = settings.model_copy(
        update={"asterisk": settings.asterisk.model_copy(update={"mode": "external"})}
        | {"mqtt": ServerSettings(port=1883, local=False), "redis": ServerSettings(port=6379, local=False)}
    )
    assert [wanted.setting for wanted in ports.wanted_ports(elsewhere)] == ["api.port"]


@pytest.mark.parametrize("there", [False, True])
def test_a_home_without_an_instance_is_no_fault_but_a_thing_to_do(tmp_path: Path, there: bool) -> None:
    home = tmp_path / "nowhere"
    if there:
        home.mkdir()
    finding = machine.home(Settings(home=home))
    assert finding.level is Level.TODO
    assert finding.remedy == "运行 hotline init"


def test_a_file_in_the_place_of_the_home_is_told(tmp_path: Path) -> None:
    place = tmp_path / "home"
    place.write_text("not a directory")
    finding = machine.home(Settings(home=place))
    assert not finding.ok
    assert "不是目录" in finding.problem


@pytest.fixture
def foreign_directory() -> Iterator[Path]:
    """A directory that everybody may enter and only root may write, looked at by somebody who is not root."""
    if os.geteuid() != 0:
        pytest.skip("needs root to become somebody else")
    place = Path(tempfile.mkdtemp(prefix="hotline-doctor-", dir="/tmp"))
    place.chmod(0o755)
    os.seteuid(NOBODY)
    try:
        yield place
    finally:
        os.seteuid(0)
        shutil.rmtree(place)


def test_a_home_that_we_may_not_write_is_told_with_its_remedy(foreign_directory: Path) -> None:
    finding = machine.home(Settings(home=foreign_directory))
    assert not finding.ok
    assert "不可写" in finding.problem
    assert "chown" in finding.remedy


def test_too_little_space_is_a_fault_and_little_space_a_note(settings: Settings) -> None:
    mib = shutil.disk_usage(settings.home).free // 2**20

    def limited(**limits: int) -> Settings:
        return settings.model_copy(update={"disk": DiskSettings(**limits)})

    gone = machine.disk_space(limited(problem_mib=mib * 2))
    scarce = machine.disk_space(limited(problem_mib=1, warn_mib=mib * 2))
    assert not gone[0].ok
    assert "hotline retention run" in gone[0].remedy
    assert scarce[0].level is Level.WARNING
    assert all(finding.level is Level.OK for finding in machine.disk_space(limited(problem_mib=1, warn_mib=1)))


def test_missing_secrets_are_told_where_an_instance_is(settings: Settings) -> None:
    assert machine.secrets_file(settings).level is Level.TODO
    (settings.home / "hotline.db").touch()
    finding = machine.secrets_file(settings)
    assert not finding.ok
    assert "hotline init" in finding.remedy


def test_secrets_that_others_can_read_are_told(settings: Settings, secrets: Secrets) -> None:
    assert machine.secrets_file(settings).ok
    (settings.home / "secrets.toml").chmod(0o644)
    finding = machine.secrets_file(settings)
    assert not finding.ok
    assert "chmod 600" in finding.remedy


def test_a_clock_that_was_turned_back_is_told(settings: Settings) -> None:
    database = settings.home / "hotline.db"
    database.touch()
    later = (NOON + timedelta(hours=1)).timestamp()
    os.utime(database, (later, later))
    assert not machine.clock(settings, NOON).ok
    assert machine.clock(settings, NOON + timedelta(hours=2)).ok


def test_a_clock_before_the_release_is_told(settings: Settings) -> None:
    assert not machine.clock(settings, datetime(1970, 1, 1, tzinfo=UTC)).ok


@pytest.mark.parametrize(
    ("last_year", "now", "level"),
    [
        (2025, NOON, Level.PROBLEM),
        (2026, NOON, Level.OK),
        (2026, datetime(2026, 12, 1, 4, tzinfo=UTC), Level.WARNING),
        (2027, datetime(2026, 12, 1, 4, tzinfo=UTC), Level.OK),
        (2026, datetime(2026, 12, 31, 16, tzinfo=UTC), Level.PROBLEM),  # New Year in Shanghai
    ],
)
def test_the_calendar_must_reach_this_year_and_in_december_the_next(
    last_year: int, now: datetime, level: Level
) -> None:
    assert machine.calendar(last_year, now).level is level


def _doctor(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hotline", "doctor"],
        env={**os.environ, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_before_init_the_command_raises_no_alarm_and_names_the_next_step(tmp_path: Path) -> None:
    environment = {
        "HOTLINE_HOME": str(tmp_path / "nowhere"),
        "HOTLINE_SPEECH__ENGINE": "none",
        "HOTLINE_ASTERISK__MODE": "external",
        "HOTLINE_API__PORT": str(free_port()),
        "HOTLINE_MQTT__PORT": str(free_port()),
        "HOTLINE_REDIS__PORT": str(free_port()),
    }
    result = _doctor(environment)
    assert result.returncode == 0, result.stdout
    assert "异常" not in result.stdout
    assert "下一步:uv run hotline init" in result.stdout
    assert "Traceback" not in result.stderr


def test_an_rtp_port_that_another_program_holds_is_a_note(settings: Settings) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", settings.asterisk.rtp_first + 3))
        (finding,) = ports.sound_ports(settings)
    assert finding.level is Level.WARNING
    assert str(settings.asterisk.rtp_first + 3) in finding.problem
    assert psutil.Process().name() in finding.problem
    assert ports.sound_ports(settings)[0].level is Level.OK


def test_a_setting_that_cannot_be_is_a_finding_too(tmp_path: Path) -> None:
    result = _doctor({"HOTLINE_HOME": str(tmp_path), "HOTLINE_ASTERISK__SIP_PORT": "many"})
    assert result.returncode == 1
    assert "asterisk.sip_port" in result.stdout
