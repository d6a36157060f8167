"""Checks of the real parts: database, broker, Valkey, Asterisk. Each is asked in earnest, none is changed."""

import asyncio
from pathlib import Path
from typing import get_args

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError
from sqlalchemy.exc import DBAPIError

from asterisk import identity, provision
from core.bus import Bus
from core.database import Database
from core.errors import PartUnavailable
from core.secrets import AmiUser, Secrets
from core.settings import ServerSettings, Settings
from hotline.doctor.finding import Finding, from_error, well, wrong
from migrations.upgrade import is_current
from telephony.ami import AmiLink

_PATIENCE_SECONDS = 5.0
_NOT_RUNNING = "未运行(由 hotline serve 启动)"


async def database(settings: Settings) -> Finding:
    """The database answers, can be written, and has the tables of this release."""
    part, url = "数据库 database", settings.database_url
    remedy = "确认数据库正在运行、HOTLINE_DATABASE 正确,然后运行 hotline init"
    if _lacks_its_file(url):
        return wrong(part, "数据库文件尚未建立", "运行 hotline init")
    opened = Database(url)
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            async with opened.transaction() as session:
                await session.connection()  # takes SQLite's write lock
            current = await is_current(opened)
    except PartUnavailable as error:
        return from_error(part, error)
    except (DBAPIError, OSError, TimeoutError) as error:
        return wrong(part, f"无法连接({getattr(error, 'orig', error) or '超时'})", remedy)
    finally:
        await opened.close()
    if not current:
        return wrong(part, "表结构不是本版本的", "备份后运行 hotline init 升级表结构")
    return well(part, "可写,表结构为本版本" + ("(SQLite)" if opened.is_sqlite else ""))


def _lacks_its_file(url: str) -> bool:
    # opening would make an empty one
    return url.startswith("sqlite") and not Path(url.partition("///")[2]).is_file()


async def broker(settings: Settings, secrets: Secrets) -> Finding:
    """The MQTT broker lets us in."""
    part, server = "消息服务器 MQTT", settings.mqtt
    if server.local and not await _listens(server):
        return well(part, _NOT_RUNNING)
    bus = Bus(server, username="hotline", password=secrets.mqtt_password, client_id="doctor")
    async with bus:
        try:
            await bus.wait_connected(_PATIENCE_SECONDS)
        except PartUnavailable as error:
            return from_error(part, error)
    return well(part, f"{server.host}:{server.port}")


async def valkey(settings: Settings, secrets: Secrets) -> Finding:
    """Valkey answers and knows our password."""
    part, server = "缓存 Valkey", settings.redis
    address = f"{server.host}:{server.port}"
    if server.local and not await _listens(server):
        return well(part, _NOT_RUNNING)
    client = Redis(
        host=server.host, port=server.port, password=secrets.redis_password, socket_timeout=_PATIENCE_SECONDS
    )
    try:
        await client.ping()
    except AuthenticationError:
        return wrong(part, f"{address} 拒绝口令", "使 secrets.toml 的 redis_password 与服务器的 requirepass 一致")
    except (RedisError, OSError) as error:
        return wrong(part, f"无法连接 {address}({error})", "启动该服务器,或修改 hotline.toml 的 [redis]")
    finally:
        await client.aclose()
    return well(part, address)


def root_file_system(settings: Settings) -> Finding:
    """Asterisk is installed, whole, and may be started by us."""
    part = "Asterisk 安装"
    if settings.asterisk.mode == "external":
        return well(part, "由外部管理")
    try:
        provision.require(settings.asterisk.rootfs)
    except PartUnavailable as error:
        return from_error(part, error)
    return well(part, str(settings.asterisk.rootfs))


def switch_user(settings: Settings) -> list[Finding]:
    """The switch's user is the same inside and outside, so that no stranger can read recordings."""
    rootfs, part = settings.asterisk.rootfs, "交换机用户"
    if settings.asterisk.mode == "external" or not provision.is_ready(rootfs):
        return []
    host, inner = identity.on_host(), identity.inside(rootfs)
    if host == inner:
        return [well(part, f"{identity.HOST_USER}({inner.uid}:{inner.gid})")]
    seen = f"{host.uid}:{host.gid}" if host else "不存在"
    return [
        wrong(
            part,
            f"录音属于编号 {inner.uid}:{inner.gid},本机 {identity.HOST_USER} 为 {seen}:其他用户可能可读录音",
            "停止全部实例(hotline asterisk stop),再运行 make setup",
        )
    ]


async def manager(settings: Settings, secrets: Secrets) -> list[Finding]:
    """Every AMI user can log in."""
    asterisk = settings.asterisk
    where = ServerSettings(host=asterisk.host, port=asterisk.ami_port, local=asterisk.mode == "rootfs")
    if where.local and not await _listens(where):
        return [well("Asterisk AMI", _NOT_RUNNING)]
    return [await _log_in(where, user, secrets.ami_password(user)) for user in get_args(AmiUser)]


async def _log_in(where: ServerSettings, user: str, password: str) -> Finding:
    part = f"Asterisk AMI({user})"
    link = AmiLink(where.host, where.port, user, password)
    try:
        await link.start()
    except PartUnavailable as error:
        return from_error(part, error)
    finally:
        await link.close()
    return well(part, f"{where.host}:{where.port}")


async def _listens(server: ServerSettings) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            _, writer = await asyncio.open_connection(server.host, server.port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
