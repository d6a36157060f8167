import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import PartUnavailable
from core.secrets import Secrets


def test_secrets_are_made_once_and_read_by_their_owner_only(tmp_path: Path) -> None:
    first = Secrets.load_or_create(tmp_path / "home")
    path = tmp_path / "home" / "secrets.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Secrets.load_or_create(tmp_path / "home") == first
    assert len(first.personal_key) == 32
    values = [first.token_key, first.mqtt_password, first.redis_password, *first.ami.values()]
    assert len(set(values)) == 7
    assert all(len(value) >= 40 for value in values)
    assert first.ami_password("engine") != first.ami_password("doctor")
    assert os.listdir(tmp_path / "home") == ["secrets.toml"]  # noqa: PTH208 - names only


def test_two_instances_have_different_secrets(tmp_path: Path) -> None:
    assert Secrets.load_or_create(tmp_path / "a").personal_key != Secrets.load_or_create(tmp_path / "b").personal_key


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: Secrets.load_or_create(tmp_path), range(16)))
    assert all(one == made[0] for one in made)


def test_nothing_secret_is_printed(tmp_path: Path) -> None:
    secrets = Secrets.load_or_create(tmp_path)
    assert secrets.token_key not in repr(secrets)
    assert secrets.ami_password("engine") not in f"{secrets}"


def test_a_file_others_can_read_is_refused(tmp_path: Path) -> None:
    Secrets.load_or_create(tmp_path)
    (tmp_path / "secrets.toml").chmod(0o640)
    with pytest.raises(PartUnavailable, match="chmod 600"):
        Secrets.load_or_create(tmp_path)


@pytest.mark.parametrize("content", ["", "personal_key = 1", 'personal_key = "AAAA"', "not toml at all ="])
def test_a_damaged_file_is_refused_and_not_overwritten(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secrets.toml"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(PartUnavailable, match="备份"):
        Secrets.load_or_create(tmp_path)
    assert path.read_text() == content


def test_a_lost_file_is_not_replaced_when_there_are_data_it_encrypted(tmp_path: Path) -> None:
    (tmp_path / "hotline.db").touch()
    with pytest.raises(PartUnavailable, match="恢复"):
        Secrets.load_or_create(tmp_path)
    assert not (tmp_path / "secrets.toml").exists()


def test_a_home_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PartUnavailable, match="HOTLINE_HOME"):
        Secrets.load_or_create(tmp_path / "file" / "home")


def test_loading_what_was_never_made_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PartUnavailable, match="hotline init"):
        Secrets.load(tmp_path)
