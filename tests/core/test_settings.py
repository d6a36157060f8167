from pathlib import Path

import pytest

from core.errors import PartUnavailable
from core.settings import load_settings


@pytest.fixture(autouse=True)
def no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "hotline.toml"
    monkeypatch.setenv("HOTLINE_CONFIG", str(path))
    return path


def test_defaults_need_no_file() -> None:
    settings = load_settings()
    assert settings.database_url == "sqlite+aiosqlite:////var/lib/hotline/hotline.db"
    assert settings.recordings_dir == Path("/var/lib/hotline/recordings")


def test_the_environment_overrides_the_file(no_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_file.write_text('profile = "yangzhou"\n[mqtt]\nport = 2000\n')
    monkeypatch.setenv("HOTLINE_MQTT__PORT", "3000")
    settings = load_settings()
    assert (settings.profile, settings.mqtt.port) == ("yangzhou", 3000)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ('colour = "red"', "colour"),
        ("[queue]\noffer_seconds = 1", "queue.offer_seconds"),
        ('[asterisk]\nmode = "docker"', "asterisk.mode"),
        ('instance = "../../etc"', "instance"),
    ],
)
def test_a_wrong_setting_is_named_with_the_remedy(no_file: Path, content: str, named: str) -> None:
    no_file.write_text(content)
    with pytest.raises(PartUnavailable) as caught:
        load_settings()
    assert named in caught.value.problem
    assert "hotline.toml" in caught.value.remedy


def test_a_file_that_is_not_toml_is_told(no_file: Path) -> None:
    no_file.write_text("this is not = = toml")
    with pytest.raises(PartUnavailable, match=r"hotline\.toml"):
        load_settings()


def test_a_wrong_environment_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_API__PORT", "many")
    with pytest.raises(PartUnavailable, match=r"api\.port"):
        load_settings()
