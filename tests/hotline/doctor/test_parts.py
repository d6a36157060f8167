"""`hotline doctor` and the parts: database, servers, switch, speech model; the faults are really there."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from asr import models
from asterisk import provision
from asterisk.instance import AsteriskInstance
from core.secrets import Secrets
from core.settings import ServerSettings, Settings, SpeechSettings
from hotline.doctor import Level, parts
from hotline.doctor.speech import speech
from migrations.upgrade import upgrade
from tests.conftest import RunningServer, free_port


async def test_a_database_that_is_not_there_is_made_by_init(settings: Settings) -> None:
    finding = await parts.database(settings)
    assert not finding.ok
    assert "hotline init" in finding.remedy
    assert not (settings.home / "hotline.db").exists()


async def test_a_file_that_is_no_database_is_told(settings: Settings) -> None:
    (settings.home / "hotline.db").write_text("this is not a database" * 100)
    finding = await parts.database(settings)
    assert not finding.ok
    assert "损坏" in finding.problem


async def test_a_database_without_its_tables_is_told(settings: Settings) -> None:
    (settings.home / "hotline.db").touch()
    finding = await parts.database(settings)
    assert not finding.ok
    assert "hotline init" in finding.remedy


async def test_a_database_that_init_made_is_well(settings: Settings) -> None:
    await upgrade(settings.database_url)
    assert (await parts.database(settings)).level is Level.OK


@pytest.fixture
def read_only_home(settings: Settings) -> Iterator[Path]:
    """The home of an instance with its database, on a medium that has become read-only."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount")
    asyncio.run(upgrade(settings.database_url))
    home = str(settings.home)
    subprocess.run(["mount", "--bind", home, home], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", home], check=True)
        yield settings.home
    finally:
        subprocess.run(["umount", home], check=True)


@pytest.mark.usefixtures("read_only_home")
async def test_a_database_on_a_medium_that_is_read_only_is_told(settings: Settings) -> None:
    finding = await parts.database(settings)
    assert not finding.ok
    assert finding.remedy


async def test_a_database_server_that_is_away_is_told(settings: Settings) -> None:
    url = f"postgresql+asyncpg://hotline@127.0.0.1:{free_port()}/hotline"
    finding = await parts.database(settings.model_copy(update={"database": url}))
    assert not finding.ok
    assert finding.remedy


async def test_local_servers_that_are_not_started_are_no_fault(settings: Settings, secrets: Secrets) -> None:
    for finding in (await parts.broker(settings, secrets), await parts.valkey(settings, secrets)):
        assert finding.ok
        assert "未运行" in finding.problem


async def test_servers_that_somebody_else_runs_must_answer(settings: Settings, secrets: Secrets) -> None:
    away = settings.model_copy(
        update={
            "mqtt": ServerSettings(port=free_port(), local=False),
            "redis": ServerSettings(port=free_port(), local=False),
        }
    )
    assert not (await parts.broker(away, secrets)).ok
    assert not (await parts.valkey(away, secrets)).ok


@pytest.mark.servers
async def test_valkey_tells_a_wrong_password_from_the_right_one(
    settings: Settings, secrets: Secrets, valkey_server: RunningServer
) -> None:
    there = settings.model_copy(update={"redis": valkey_server.settings})
    right = await parts.valkey(there, replace(secrets, redis_password=valkey_server.password))
    wrong = await parts.valkey(there, secrets)
    assert right.ok
    assert not wrong.ok
    assert "拒绝口令" in wrong.problem


@pytest.mark.servers
async def test_the_broker_tells_a_wrong_password_from_the_right_one(
    settings: Settings, secrets: Secrets, mqtt_broker: RunningServer
) -> None:
    there = settings.model_copy(update={"mqtt": mqtt_broker.settings})
    right = await parts.broker(there, replace(secrets, mqtt_password=mqtt_broker.password))
    wrong = await parts.broker(there, secrets)
    assert right.ok
    assert not wrong.ok
    assert "uthori" in wrong.problem  # the broker's own word: not authorised


def test_an_asterisk_that_was_never_installed_is_told(settings: Settings, tmp_path: Path) -> None:
    empty = settings.asterisk.model_copy(update={"rootfs": tmp_path / "rootfs"})
    finding = parts.root_file_system(settings.model_copy(update={"asterisk": empty}))
    assert not finding.ok
    assert "make setup" in finding.remedy


@pytest.mark.calls
async def test_each_ami_user_logs_in_and_a_wrong_password_is_told_from_a_switch_that_is_away(
    settings: Settings, secrets: Secrets
) -> None:
    provision.require(settings.asterisk.rootfs)
    switch = AsteriskInstance(settings, secrets, [])
    await switch.start()
    try:
        right = await parts.manager(settings, secrets)
        wrong = await parts.manager(settings, replace(secrets, ami=dict.fromkeys(secrets.ami, "not-the-password")))
    finally:
        await switch.stop()
        shutil.rmtree(settings.instance_root)
    stopped = await parts.manager(settings, secrets)
    external = settings.asterisk.model_copy(update={"mode": "external"})
    away = await parts.manager(settings.model_copy(update={"asterisk": external}), secrets)
    assert len(right) == 4
    assert all(finding.ok for finding in right)
    assert all("登录被拒绝" in finding.problem for finding in wrong)
    assert all(finding.ok for finding in stopped)
    assert all("无法连接 AMI" in finding.problem for finding in away)


def test_a_missing_speech_model_is_told_with_the_command_that_fetches_it(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "_STANDARD", tmp_path / "standard")
    monkeypatch.setattr(models, "_SHARED", tmp_path / "shared")
    nowhere = SpeechSettings(models=tmp_path / "models")
    finding = speech(settings.model_copy(update={"speech": nowhere}))
    assert not finding.ok
    assert "models fetch" in finding.remedy


def test_a_speech_model_whose_files_were_changed_is_told(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "_STANDARD", tmp_path / "standard")
    monkeypatch.setattr(models, "_SHARED", tmp_path / "shared")
    place = tmp_path / "vosk-model-small-cn-0.22"
    for name in models.known(place.name).must_have:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(b"a model")
    pins = {name: models.sha256_of(place / name) for name in models.known(place.name).must_have}
    (place / models.MANIFEST).write_text(json.dumps({"files": pins}))
    there = settings.model_copy(update={"speech": SpeechSettings(models=tmp_path)})
    assert speech(there).ok
    (place / models.known(place.name).must_have[0]).write_bytes(b"another model")
    finding = speech(there)
    assert not finding.ok
    assert "校验不符" in finding.problem


def test_a_switch_whose_files_belong_to_a_stranger_is_told(settings: Settings, tmp_path: Path) -> None:
    rootfs = tmp_path / "rootfs"
    (rootfs / "etc").mkdir(parents=True)
    (rootfs / "etc/passwd").write_text("asterisk:x:64123:64123::/:/bin/false\n")
    (rootfs / ".ready").write_text(provision._list_hash())
    asterisk = settings.asterisk.model_copy(update={"rootfs": rootfs})
    (finding,) = parts.switch_user(settings.model_copy(update={"asterisk": asterisk}))
    assert not finding.ok
    assert "64123" in finding.problem
    assert "make setup" in finding.remedy
