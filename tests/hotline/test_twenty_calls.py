"""Twenty calls at once speak different matters: every word is written down under its call and its speaker."""

import subprocess
import sys

import pytest

from asr.models import choose
from core.settings import load_settings
from tests.hotline.conftest import demand_switch

pytestmark = [pytest.mark.calls, pytest.mark.speech, pytest.mark.timeout(500)]


def test_of_twenty_calls_at_once_every_word_is_under_its_call_and_speaker() -> None:
    demand_switch()
    model = choose(load_settings())
    if model is None or model.engine == "whisper":
        pytest.skip("no model that hears forty parties at once (hotline models fetch)")
    command = [sys.executable, "-m", "tests.hotline.twenty_calls"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=480, check=False)
    assert ended.returncode == 0, ended.stderr[-4000:]
