"""The lexicon follows its files while the recogniser runs; near misses of accents."""

import os
from pathlib import Path

from asr.pinyin.lexicon import LexiconFiles
from asr.pinyin.readings import readings_of
from asr.pinyin.syllables import Syllable, near_misses


class Clock:
    """Seconds that go on when told."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def words(files: LexiconFiles) -> list[str] | None:
    found = files.changed()
    return None if found is None else [one.word for one in found]


def test_a_changed_file_is_read_again_within_seconds(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "city.txt"
    file.write_text("钓台路 # 袁州区\n", "utf-8")
    files = LexiconFiles([file, tmp_path / "later.txt"], clock)
    assert words(files) == ["钓台路"]
    file.write_text("钓台路 秀江中路", "utf-8")
    assert words(files) is None, "not looked at every time"
    clock.seconds += 6
    assert words(files) == ["钓台路", "秀江中路"]
    clock.seconds += 6
    assert words(files) is None
    (tmp_path / "later.txt").write_text("明月山", "utf-8")
    clock.seconds += 6
    assert words(files) == ["钓台路", "秀江中路", "明月山"]


def test_a_damaged_or_missing_file_keeps_its_words(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "city.txt"
    file.write_text("钓台路", "utf-8")
    files = LexiconFiles([file], clock)
    assert words(files) == ["钓台路"]
    file.write_bytes(b"\xff\xfe\xfa")
    os.utime(file, (1, 1))
    clock.seconds += 6
    assert words(files) is None
    file.unlink()
    clock.seconds += 6
    assert words(files) is None


def test_no_files_are_no_words() -> None:
    assert words(LexiconFiles([], Clock())) == []


def test_what_the_model_considered_is_cheaper_than_a_guess() -> None:
    known = {"su", "shu", "lu", "nu"}
    heard = Syllable("shu", 1, 0, 40, 0.5, (("su", 4, -0.3),))
    by_plain = {one.plain: one for one in readings_of(heard, lambda plain: near_misses(plain, known))}
    assert by_plain["shu"].scores[1] == 0.0
    assert -0.5 < by_plain["su"].scores[4] < 0.0
    assert by_plain["su"].scores[1] < by_plain["su"].scores[4]
    assert by_plain["shu"].best == 0.0
