import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from core.errors import PartUnavailable
from core.settings import ServerSettings
from hotline.parts import mosquitto as mosquitto_module
from hotline.parts.mosquitto import Mosquitto
from hotline.parts.process import Child, check_port, free_port, user_for
from hotline.parts.valkey import Valkey, binary

pytestmark = pytest.mark.servers


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "condition not met in time"
        time.sleep(0.01)


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("kind", [Valkey, Mosquitto])
def test_a_server_runs_unprivileged_and_ends_cleanly(kind: type[Valkey | Mosquitto], tmp_path: Path) -> None:
    server = kind(ServerSettings(port=free_port()), "secret", tmp_path)
    server.start()
    server.wait_ready()
    pid = server.child.pid
    assert pid is not None
    if os.geteuid() == 0:
        assert psutil.Process(pid).uids().real != 0
    listening = [c.laddr.ip for c in psutil.Process(pid).net_connections() if c.status == psutil.CONN_LISTEN]
    assert listening == ["127.0.0.1"]
    assert "secret" not in " ".join(psutil.Process(pid).cmdline())
    server.stop()
    assert not server.child.is_running
    assert gone(pid)


@pytest.mark.parametrize("kind", [Valkey, Mosquitto])
def test_a_server_refuses_a_wrong_password(kind: type[Valkey | Mosquitto], tmp_path: Path) -> None:
    settings = ServerSettings(port=free_port())
    server = kind(settings, "secret", tmp_path)
    server.start()
    server.wait_ready()
    assert not kind(settings, "wrong", tmp_path).is_healthy()
    server.stop()


def test_the_broker_refuses_clients_without_a_name(mqtt_broker: object) -> None:
    settings: ServerSettings = mqtt_broker.settings  # type: ignore[attr-defined]
    with socket.create_connection((settings.host, settings.port), timeout=2) as connection:
        connection.sendall(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x0a\x00\x01a")
        assert connection.recv(4) == b"\x20\x02\x00\x05"


@pytest.mark.parametrize("kind", [Valkey, Mosquitto])
def test_a_taken_port_is_told_with_its_holder_and_the_setting(kind: type[Valkey | Mosquitto], tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PartUnavailable) as caught:
            kind(ServerSettings(port=port), "secret", tmp_path).start()
    assert f"进程 {os.getpid()}" in caught.value.problem
    assert ".port" in caught.value.remedy


def test_a_port_in_time_wait_is_not_taken() -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)) as server:
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = server.accept()
        accepted.close()
        client.close()
    check_port("x", "127.0.0.1", port, "x.port")


def test_a_missing_program_is_told_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = Child("nothing", ["/no/such/program"], tmp_path, keep=True)
    with pytest.raises(PartUnavailable, match="make setup"):
        child.start()
    monkeypatch.setattr(mosquitto_module.shutil, "which", lambda *args, **kwargs: None)
    with pytest.raises(PartUnavailable, match="apt-get install mosquitto"):
        Mosquitto(ServerSettings(port=1), "x", tmp_path)


def test_a_server_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    child = Child("broken", [sys.executable, "-c", "print('no such option'); raise SystemExit(1)"], tmp_path)
    child.start()
    with pytest.raises(PartUnavailable, match="no such option"):
        child.wait_ready(lambda: False)


def test_a_server_that_is_never_ready_is_stopped_and_told(tmp_path: Path) -> None:
    child = Child("slow", [sys.executable, "-c", "import time; time.sleep(60)"], tmp_path)
    child.start()
    pid = child.pid
    assert pid is not None
    with pytest.raises(PartUnavailable, match="未就绪"):
        child.wait_ready(lambda: False, seconds=0.3)
    assert gone(pid)


def test_a_child_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    child = Child("stubborn", [sys.executable, "-c", stubborn], tmp_path)
    child.start()
    child.wait_ready(lambda: child.last_words() == "up")
    child.stop(seconds=0.2)
    assert not child.is_running


PARENT = """
import sys, time
from pathlib import Path
from hotline.parts.process import Child
child = Child("c", ["sleep", "60"], Path(sys.argv[1]), keep=sys.argv[2] == "keep")
child.start()
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("keep", [False, True])
def test_a_killed_parent_takes_its_children_along_unless_told_to_keep_them(tmp_path: Path, keep: bool) -> None:
    arguments = [sys.executable, "-c", PARENT, str(tmp_path), "keep" if keep else "-"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        until(lambda: psutil.pid_exists(pid) and psutil.Process(pid).name() == "sleep")
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    if not keep:
        until(lambda: gone(pid))
        return
    assert not gone(pid)
    os.kill(pid, signal.SIGKILL)


def test_ctrl_c_does_not_reach_a_child(tmp_path: Path) -> None:
    child = Child("c", ["sleep", "60"], tmp_path)
    child.start()
    assert child.pid is not None
    assert os.getsid(child.pid) != os.getsid(0)
    child.stop()


def test_the_binary_can_be_run_by_the_unprivileged_user() -> None:
    path = binary(user_for("hotline", "nobody"))
    assert os.access(path, os.X_OK)
    assert all(parent.stat().st_mode & 0o001 for parent in path.parents)
