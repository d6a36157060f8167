"""An instance to be looked at by `hotline doctor`."""

import os
from pathlib import Path

import pytest

from core.secrets import Secrets
from core.settings import ApiSettings, AsteriskSettings, ServerSettings, Settings, SpeechSettings
from tests.conftest import free_port


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An instance of its own whose ports are free."""
    home = tmp_path / "home"
    home.mkdir()
    return Settings(
        home=home,
        instance=f"doctor-{os.getpid()}",
        asterisk=AsteriskSettings(sip_port=free_port(), ami_port=free_port(), rtp_first=21000, rtp_last=21019),
        mqtt=ServerSettings(port=free_port()),
        redis=ServerSettings(port=free_port()),
        api=ApiSettings(port=free_port()),
        speech=SpeechSettings(engine="none"),
    )


@pytest.fixture
def secrets(settings: Settings) -> Secrets:
    return Secrets.load_or_create(settings.home)
