"""Check of the speech model: chosen, there, and its files are what they should be."""

from asr import models
from core.errors import PartUnavailable
from core.settings import Settings
from hotline.doctor.finding import Finding, from_error, well, wrong

_PART = "语音模型 speech"
_FETCH = "uv run hotline models fetch;或设 HOTLINE_SPEECH__ENGINE=none 停用转写"


def speech(settings: Settings) -> Finding:
    """The model that transcripts will use is there, with everything it needs, unchanged."""
    if settings.speech.engine == "none":
        return well(_PART, "已停用")
    try:
        chosen = models.choose(settings)
        if chosen is None:
            return wrong(_PART, "没有可用的语音模型,通话不会转写", _FETCH)
        if settings.speech.model is None:
            for name in (chosen.name, *models.known(chosen.name).needs):
                models.demand(settings, name)
    except PartUnavailable as error:
        return from_error(_PART, error)
    return well(_PART, f"{chosen.engine}:{chosen.directory}")
