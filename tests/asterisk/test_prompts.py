"""The announcements: each listed one is there, can be heard, and is what the switch plays without transcoding."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asterisk import config, directories
from asterisk.identity import Identity
from asterisk.sounds.prompts import DIRECTORY, RATE, Prompt, convert, prompts, read
from core.errors import InvalidInput

MERGED = ("12315", "12333", "12320", "12369", "12328", "12348", "12355", "12366", "12393")


@pytest.mark.parametrize("prompt", prompts(), ids=lambda prompt: prompt.name)
def test_every_announcement_is_there_and_can_be_heard(prompt: Prompt) -> None:
    assert prompt.text.strip()
    assert prompt.voice
    sound = read(prompt.path)
    seconds = prompt.path.stat().st_size / RATE
    assert len(sound) == prompt.path.stat().st_size, "one byte a sample: A-law at 8 kHz"
    # Mandarin is read at two to eight syllables a second: another rate, or another text, would fall out of this
    syllables = sum(one.isalnum() for one in prompt.spoken)
    assert 1.5 <= syllables / seconds <= 9
    assert 0.3 < float(np.abs(sound).max()) <= 1.0
    assert float(np.sqrt(np.mean(sound**2))) > 0.02


def test_the_list_and_the_directory_name_the_same_sounds() -> None:
    names = [prompt.name for prompt in prompts()]
    assert len(names) == len(set(names))
    assert {path.stem for path in DIRECTORY.glob("*.alaw")} == set(names)
    assert {path for path in config.sounds() if path.parent == DIRECTORY} == {prompt.path for prompt in prompts()}


def test_all_announcements_together_are_small() -> None:
    assert sum(prompt.path.stat().st_size for prompt in prompts()) < 3_000_000


def test_every_merged_hotline_place_and_minute_has_its_words() -> None:
    names = {prompt.name for prompt in prompts()}
    assert {f"transfer-{number}" for number in (*MERGED, "110", "119", "120", "122", "other")} <= names
    assert {f"ahead-{place}" for place in range(1, 31)} | {"next-in-line", "ahead-over-30"} <= names
    assert {f"wait-{minutes}" for minutes in (*range(1, 16), 20, 25, 30)} | {"wait-over-30"} <= names
    assert {f"digit-{digit}" for digit in range(10)} <= names


def test_numbers_are_read_digit_by_digit_and_keys_as_numerals() -> None:
    prompt = Prompt("x", "欢迎拨打12345,确认请按1", "")
    assert prompt.spoken == "欢迎拨打幺二三四五,确认请按一"


def test_a_recording_of_any_rate_becomes_a_levelled_announcement(tmp_path: Path) -> None:
    rate = 44100
    moments = np.arange(rate) / rate
    quiet = np.zeros(rate)
    soundfile.write(tmp_path / "hello.wav", np.concatenate((quiet, 0.1 * np.sin(2760 * moments), quiet)), rate)
    convert(tmp_path / "hello.wav", tmp_path / "hello.alaw")
    sound = read(tmp_path / "hello.alaw")
    assert len(sound) / RATE == pytest.approx(1.16, abs=0.05)
    assert float(np.abs(sound).max()) == pytest.approx(0.6, abs=0.05)


@pytest.mark.parametrize("content", [b"", b"no sound at all", b"RIFF" + bytes(100)])
def test_what_is_no_recording_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.wav").write_bytes(content)
    with pytest.raises(InvalidInput, match=r"broken\.wav"):
        convert(tmp_path / "broken.wav", tmp_path / "broken.alaw")


def test_a_centres_own_recordings_replace_the_announcements_and_may_add_some(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    moments = np.arange(RATE) / RATE
    for name in ("welcome", "spring-festival"):
        soundfile.write(own / f"{name}.wav", 0.3 * np.sin(2760 * moments), RATE)
    root = tmp_path / "instance"
    directories.prepare(root, Identity(os.getuid(), os.getgid()), own)
    installed = root / "sounds" / "zh"
    assert len(read(installed / "welcome.alaw")) == pytest.approx(RATE, abs=10)
    assert (installed / "spring-festival.alaw").exists()
    shipped = next(prompt for prompt in prompts() if prompt.name == "thank-you")
    assert (installed / "thank-you.alaw").read_bytes() == shipped.path.read_bytes()
