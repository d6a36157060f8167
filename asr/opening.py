"""Opening the chosen model as a recogniser."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

import kenlm

from asr import own_words
from asr.catalogue import CATALOGUE
from asr.engines.files import only
from asr.engines.units import UnitTable
from asr.fallback import Candidate, FallbackRecogniser
from asr.models import Chosen, alternatives, choose, demand, directory_of
from asr.pinyin import dictionary
from asr.pinyin.decoder import PinyinDecoder
from asr.pinyin.lexicon import LexiconFiles
from asr.recogniser import Recogniser
from asr.vad import GatedRecogniser
from core.errors import InvalidInput, PartUnavailable
from core.settings import Settings

SHIPPED_LEXICON = Path(__file__).parent / "lexicons" / "hotline.txt"
"""Words of the trade that every hotline hears; a city's own words come from `speech.lexicon`."""


def open_recogniser(
    settings: Settings, chosen: Chosen | None = None, *, lexicon: Iterable[Path] | None = None
) -> Recogniser:
    """Load a model; its streams find utterances themselves (voice activity detection in front).

    Args:
        settings: where models are.
        chosen: the model; None: what `asr.models.choose` says.
        lexicon: files of words; None: those of `lexicon_files`.

    Raises:
        PartUnavailable: no model is there, or it is damaged.
    """
    model = chosen or choose(settings)
    if model is None:
        raise PartUnavailable("speech", "没有可用的语音模型", remedy="运行 hotline models fetch whisper-base")
    return GatedRecogniser(_open(settings, model, lexicon_files(settings) if lexicon is None else lexicon))


def open_with_fallback(settings: Settings, *, lexicon: Sequence[Path]) -> Recogniser:
    """Load the chosen model; the other models of its language stand in, best first, when it fails.

    Raises:
        PartUnavailable: no model can be opened.
    """
    first = choose(settings)
    others = [one for one in alternatives(settings) if first is None or one.directory != first.directory]
    chosen = [*([first] if first else []), *(one for one in others if one.language == (first or one).language)]
    if not chosen:
        raise PartUnavailable("speech", "没有可用的语音模型", remedy="运行 hotline models fetch whisper-base")
    candidates = [Candidate(f"{one.engine}:{one.name}", partial(_open, settings, one, lexicon)) for one in chosen]
    return GatedRecogniser(FallbackRecogniser(candidates))


def cache_directory(settings: Settings) -> Path:
    """Return where compiled forms are kept: beside the models, or in the user's cache when that cannot be written."""
    try:
        place = settings.speech.models / ".compiled"
        place.mkdir(parents=True, exist_ok=True)
        probe = place / ".probe"
        probe.touch()
        probe.unlink()
    except OSError:
        return Path("~/.cache/hotline").expanduser()
    return place


def _open(settings: Settings, chosen: Chosen, lexicon: Iterable[Path]) -> Recogniser:
    if _catalogued(settings, chosen) == chosen.directory:
        demand(settings, chosen.name)
    match chosen.engine:
        case "sherpa":
            return _open_sherpa(settings, chosen, lexicon)
        case "vosk":
            from asr.engines.vosk import VoskRecogniser

            return VoskRecogniser(chosen.directory, chosen.language)
        case "whisper":
            from asr.engines.whisper import WhisperRecogniser

            return WhisperRecogniser(chosen.directory)
        case other:
            raise InvalidInput("engine", f"未知的识别引擎 {other}")


def _catalogued(settings: Settings, chosen: Chosen) -> Path | None:
    return directory_of(settings, chosen.name) if any(one.name == chosen.name for one in CATALOGUE) else None


def _open_sherpa(settings: Settings, chosen: Chosen, lexicon: Iterable[Path]) -> Recogniser:
    if not UnitTable.read(only(chosen.directory, "tokens.txt")).is_pinyin:
        from asr.engines.sherpa import SherpaRecogniser

        return SherpaRecogniser(chosen.directory)
    if directory_of(settings, "pinyin-lm") is None:
        raise PartUnavailable(
            "speech", f"模型 {chosen.name} 输出拼音,缺少拼音词典", remedy="运行 hotline models fetch pinyin-lm"
        )
    from asr.engines.pinyin import PinyinRecogniser

    return PinyinRecogniser(chosen.directory, _PinyinDecoders(settings, list(lexicon)))


class _PinyinDecoders:
    """Gives the decoder with the lexicon as its files are now."""

    def __init__(self, settings: Settings, lexicon: Sequence[Path]) -> None:
        directory = demand(settings, "pinyin-lm")
        source, model_file = directory / "sc.dict.txt", directory / "zh_CN.lm"
        language_model = kenlm.Model(str(model_file))
        words = dictionary.load(source, model_file, language_model, cache_directory(settings))
        self._files = LexiconFiles(lexicon)
        self._decoder = PinyinDecoder(words, language_model, self._files.changed() or ())

    def __call__(self) -> PinyinDecoder:
        if (words := self._files.changed()) is not None:
            self._decoder = self._decoder.with_lexicon(words)
        return self._decoder


def lexicon_files(settings: Settings) -> list[Path]:
    """Return the word lists in force: the trade's, the city's, the file of `speech.lexicon` and the operator's own.

    The last one need not be there yet: `hotline lexicon add` makes it while recognition runs.

    Raises:
        PartUnavailable: the settings name a file that is not there.
    """
    own = settings.speech.lexicon
    if own is not None and not own.is_file():
        raise PartUnavailable("speech", f"词表文件 {own} 不存在", remedy="修改 speech.lexicon")
    city = SHIPPED_LEXICON.with_name(f"{settings.profile}.txt")
    there = [file for file in (SHIPPED_LEXICON, city, own) if file is not None and file.is_file()]
    return [*there, own_words.file_of(settings)]
