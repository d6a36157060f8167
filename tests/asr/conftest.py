"""Real speech models for the tests that need them."""

from pathlib import Path

import pytest

from asr.models import choose, directory_of
from asr.opening import open_recogniser
from asr.recogniser import Recogniser
from core.settings import Settings, SpeechSettings


@pytest.fixture(scope="session")
def recogniser() -> Recogniser:
    """The best Mandarin recogniser of this machine."""
    settings = Settings()
    if choose(settings) is None:
        pytest.skip("no Mandarin model on this machine: run `hotline models fetch`")
    return open_recogniser(settings)


@pytest.fixture(scope="session")
def pinyin_directory() -> Path:
    """Directory of the real pinyin dictionary and language model."""
    directory = directory_of(Settings(), "pinyin-lm")
    if directory is None:
        pytest.skip("no pinyin-lm on this machine: run `hotline models fetch pinyin-lm`")
    return directory


@pytest.fixture
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a machine without any model, `../shared` and the standard place included."""
    monkeypatch.setattr("asr.models._STANDARD", tmp_path / "standard")
    monkeypatch.setattr("asr.models._SHARED", tmp_path / "shared")
    return Settings(speech=SpeechSettings(models=tmp_path / "models"))
