"""After the call: what live recognition missed comes from the recording, once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr import sound
from asr.live import TappedLeg, utterance_of
from asr.recogniser import Heard, Recogniser
from asr.recording import amendments, complete, leg_at, transcribe_file
from asr.service import TranscriptService
from core.clock import ManualClock
from core.database import Database
from core.ids import new_id

ORIGIN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
AUDIO = Path(__file__).parents[2] / "hotline" / "demo_audio"


def leg(call_id: str, speaker: str = "caller", after: float = 0.0) -> TappedLeg:
    return TappedLeg(call_id, new_id(), speaker, ORIGIN + timedelta(seconds=after))


def said(start_s: float, end_s: float, text: str = "我要投诉物业") -> Heard:
    return Heard(text, True, int(start_s * 1000), int(end_s * 1000), 0.9)


@pytest.fixture
def service(database: Database, clock: ManualClock) -> TranscriptService:
    return TranscriptService(database, clock)


async def test_what_was_heard_live_is_not_written_twice(service: TranscriptService) -> None:
    caller = leg(new_id())
    live = utterance_of(caller, said(1.2, 3.1))
    await service.add(live)
    heard = [(caller, said(1.0, 3.0)), (caller, said(5.0, 7.0, "电梯坏了三天"))]
    assert await complete(service, caller.call_id, heard, ORIGIN) == 1
    assert [one.text.reveal() for one in await service.transcript(caller.call_id)] == ["我要投诉物业", "电梯坏了三天"]


async def test_completing_again_adds_nothing(service: TranscriptService) -> None:
    caller = leg(new_id())
    heard = [(caller, said(1.0, 3.0)), (caller, said(5.0, 7.0))]
    assert await complete(service, caller.call_id, heard, ORIGIN) == 2
    assert await complete(service, caller.call_id, heard, ORIGIN) == 0
    assert {one.field for one in await service.suggestions(caller.call_id)} >= {"category", "summary"}


async def test_a_leg_that_was_cut_live_has_the_words_of_its_recording(service: TranscriptService) -> None:
    caller = leg(new_id())
    for live in (said(2.1, 4.0, "三天了没有人修"), said(6.0, 7.5, "谢谢你")):
        await service.add(utterance_of(caller, live))
    heard = [(caller, said(1.0, 4.0, "电梯坏了三天了没有人修")), (caller, said(6.0, 7.5, "谢谢您"))]
    assert await complete(service, caller.call_id, heard, ORIGIN) == 2
    told = [one.text.reveal() for one in await service.transcript(caller.call_id)]
    assert told == ["电梯坏了三天了没有人修", "谢谢您"]
    assert await complete(service, caller.call_id, heard, ORIGIN) == 0


def test_words_with_sound_missing_between_them_are_taken_from_the_recording() -> None:
    caller = leg(new_id())
    thin = utterance_of(caller, said(1.0, 3.5, "我的天分政丢我们不能爱外地捕"))
    (found,) = amendments([utterance_of(caller, said(1.1, 4.1, "我的身份证丢了能不能在外地补办"))], [thin])
    assert found.replaced == [thin.utterance_id]


def test_times_that_went_astray_double_no_words() -> None:
    caller = leg(new_id())
    live = [
        utterance_of(caller, said(2.6, 4.2, "老板拖着我们三")),
        utterance_of(caller, said(40.0, 42.0, "嗯嗯对的是的")),
    ]
    (found,) = amendments([utterance_of(caller, said(1.0, 3.0, "老板拖欠我们三个月工资"))], live)
    assert found.replaced == [live[0].utterance_id], "what the recording does not hold at all stays"


def test_the_same_words_in_other_pieces_are_left_as_they_are() -> None:
    caller = leg(new_id())
    parts = [utterance_of(caller, said(1.0, 2.0, "你好")), utterance_of(caller, said(2.8, 4.0, "请问"))]
    assert amendments([utterance_of(caller, said(1.0, 4.0, "你好请问"))], parts) == []
    long = utterance_of(caller, said(1.0, 6.0, "你好请问怎么办理"))
    shorter = [utterance_of(caller, said(1.0, 3.0, "你好")), utterance_of(caller, said(3.8, 6.0, "请问怎么办理"))]
    assert amendments(shorter, [long]) == []


def test_the_other_party_talking_at_the_same_time_hides_nothing() -> None:
    call_id = new_id()
    caller, agent = leg(call_id), leg(call_id, "agent")
    live = [utterance_of(agent, said(1.0, 3.0))]
    found = utterance_of(caller, said(1.0, 3.0))
    assert [one.utterances for one in amendments([found], live)] == [[found]]
    assert amendments([replace(found, leg_id=agent.leg_id)], live) == []


def test_of_two_agents_the_one_who_was_there_said_it() -> None:
    call_id = new_id()
    first, second = leg(call_id, "agent"), leg(call_id, "agent", after=30)
    ends = {first.leg_id: ORIGIN + timedelta(seconds=31)}
    assert leg_at([first, second], ends, ORIGIN + timedelta(seconds=10)) is first
    assert leg_at([first, second], ends, ORIGIN + timedelta(seconds=40)) is second
    assert leg_at([], ends, ORIGIN) is None


async def test_a_debt_is_paid_once_and_given_up_after_five_attempts(service: TranscriptService) -> None:
    paid, hopeless = new_id(), new_id()
    await service.owe(paid)
    await service.owe(paid)
    assert await service.next_owed() == paid
    await service.completed(paid, 3)
    assert await service.next_owed() is None
    await service.owe(paid)
    assert await service.next_owed() is None
    await service.owe(hopeless)
    assert [await service.next_owed() for _ in range(6)] == [hopeless] * 5 + [None]


@pytest.mark.speech
async def test_a_call_nobody_heard_live_has_its_transcript_by_leg(
    service: TranscriptService, recogniser: Recogniser, tmp_path: Path
) -> None:
    caller_says, _ = soundfile.read(AUDIO / "caller-3.wav", dtype="int16")
    agent_says, _ = soundfile.read(AUDIO / "agent-2.wav", dtype="int16")
    stereo = np.zeros((len(caller_says) + len(agent_says), 2), dtype=np.int16)
    stereo[: len(agent_says), 1] = agent_says
    stereo[len(agent_says) :, 0] = caller_says
    soundfile.write(tmp_path / "call.wav", stereo, 8000, subtype="PCM_16")
    call_id = new_id()
    legs = [leg(call_id), leg(call_id, "agent")]
    heard = [(legs[at], one) for at in (0, 1) for one in transcribe_file(recogniser, tmp_path / "call.wav", at)]
    assert await complete(service, call_id, heard, ORIGIN) == len(heard) >= 2
    transcript = await service.transcript(call_id)
    assert transcript[0].speaker == "agent"
    assert transcript[-1].speaker == "caller"
    assert {one.leg_id for one in transcript} == {one.leg_id for one in legs}


@pytest.mark.speech
def test_a_quiet_line_is_heard_as_well_as_a_loud_one(recogniser: Recogniser) -> None:
    from asr.cer import error_rate
    from asr.evaluate import hear

    loud = sound.read(AUDIO / "caller-3.wav")
    texts = [hear(recogniser, loud * np.float32(gain)) for gain in (1.0, 0.05)]
    assert error_rate([(texts[0], texts[1])]).percent < 20


@pytest.mark.speech
def test_digital_silence_at_the_end_invents_no_words(recogniser: Recogniser) -> None:
    from asr.evaluate import hear

    spoken = sound.read(AUDIO / "caller-3.wav")
    heard = hear(recogniser, np.concatenate([spoken, np.zeros(16_000 * 3, np.float32)]))
    assert heard.rstrip("。").endswith(("八", "8"))  # whisper writes digits and a full stop
