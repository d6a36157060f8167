"""`hotline lexicon` as an operator runs it, beside recognition that runs."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from asr import sound
from asr.evaluate import hear
from asr.models import choose
from asr.opening import lexicon_files, open_recogniser
from asr.own_words import OwnWords, file_of, words_in
from asr.pinyin import lexicon
from asr.pinyin.lexicon import LexiconFiles, readings
from core.settings import load_settings
from hotline.cli import app

SPOKEN = Path(__file__).parents[2] / "hotline" / "demo_audio" / "caller-1.wav"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["lexicon", *words])


def test_words_are_added_listed_and_removed(home: Path) -> None:
    assert "已增加 2 个词" in run("add", "药都大道", "宜春万达", "药都大道").output
    assert "已增加 1 个词,1 个原已在表中" in run("add", "药都大道", "12315").output
    assert run("list").output.split()[:3] == ["药都大道", "宜春万达", "12315"]
    assert run("remove", "宜春万达").exit_code == 0
    assert OwnWords(home / "speech-words.txt").all() == ["药都大道", "12315"]


@pytest.mark.parametrize("command", ["add", "remove"])
def test_one_bad_word_changes_nothing(home: Path, command: str) -> None:
    run("add", "药都大道")
    assert run(command, "药都大道", "Q").exit_code == 1
    assert OwnWords(home / "speech-words.txt").all() == ["药都大道"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_list_is_taken_in_and_what_is_refused_is_told_with_its_line(home: Path, encoding: str) -> None:
    file = home / "list.txt"
    file.write_bytes("秀江路,明月山  # 街道\r\n\r\nABC 瑞阳大道\r\n".encode(encoding))
    words, refused = words_in(file)
    assert words == ["秀江路", "明月山", "瑞阳大道"]
    assert [(one.line, one.word) for one in refused] == [(3, "ABC")]
    result = run("import", str(file))
    assert result.exit_code == 1
    assert "第 3 行 ABC" in result.output
    assert OwnWords(home / "speech-words.txt").all() == words


def test_recognition_that_runs_knows_a_word_seconds_after_it_was_added(home: Path) -> None:
    now = [0.0]
    files = LexiconFiles(lexicon_files(load_settings()), lambda: now[0])
    before = files.changed()
    assert before is not None
    run("add", "蔚岭坪", "12355")
    assert files.changed() is None
    now[0] = 6.0
    after = files.changed()
    assert after is not None
    assert {one.word for one in after} - {one.word for one in before} == {"蔚岭坪", "一二三五五", "幺二三五五"}
    run("remove", "蔚岭坪", "12355")
    now[0] = 12.0
    last = files.changed()
    assert last is not None
    assert {one.word for one in last} == {one.word for one in before}


def test_numbers_are_known_as_they_are_spoken() -> None:
    assert [one.word for one in readings(["110", "110", "九十"])] == ["一一零", "幺幺零", "九十"]
    assert readings(["幺二"])[0].reading == ("yao1", "er4")


def test_an_engine_that_runs_writes_the_added_word(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop that sounds like 烧烤店 stands in for a name that no dictionary has."""
    settings = load_settings()
    if choose(settings) is None:
        pytest.skip("no Mandarin model on this machine: run `hotline models fetch`")
    monkeypatch.setattr(lexicon, "_LOOK_SECONDS", 0.0)
    recogniser = open_recogniser(settings, lexicon=[file_of(settings)])
    said = sound.read(SPOKEN)
    assert "烧烤店" in hear(recogniser, said)
    run("add", "梢考店")
    assert "梢考店" in hear(recogniser, said)
