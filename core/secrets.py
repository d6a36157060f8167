"""The instance's secrets: generated at first use into `<home>/secrets.toml` (mode 0600), never overwritten."""

import base64
import os
import secrets
import stat
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

from core.errors import PartUnavailable

AmiUser = Literal["engine", "recorder", "speech", "doctor"]
_AMI_USERS: tuple[AmiUser, ...] = ("engine", "recorder", "speech", "doctor")
_FILE = "secrets.toml"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys and passwords of one instance. Never printed: `repr` shows nothing."""

    personal_key: bytes = field(repr=False)
    """Key for personal data, 32 bytes; lost with it: every encrypted column."""
    token_key: str = field(repr=False)
    """Key that signs sign-on tokens."""
    mqtt_password: str = field(repr=False)
    redis_password: str = field(repr=False)
    ami: Mapping[str, str] = field(repr=False)
    """Password of each AMI user."""

    def ami_password(self, user: AmiUser) -> str:
        """Return the password of an AMI user."""
        return self.ami[user]

    @classmethod
    def load(cls, home: Path) -> Self:
        """Read `<home>/secrets.toml`.

        Raises:
            PartUnavailable: it is missing, readable by others, damaged, or lacks a key.
        """
        path = home / _FILE
        text = _read_private(path)
        try:
            values = tomllib.loads(text)
            return cls(
                personal_key=_key_of(values["personal_key"]),
                token_key=values["token_key"],
                mqtt_password=values["mqtt_password"],
                redis_password=values["redis_password"],
                ami={user: values["ami"][user] for user in _AMI_USERS},
            )
        except (ValueError, KeyError, TypeError) as error:
            raise PartUnavailable(
                "secrets", f"{path} 内容不完整或已损坏", remedy="从备份恢复该文件(不要重新生成:旧数据将无法解密)"
            ) from error

    @classmethod
    def load_or_create(cls, home: Path) -> Self:
        """Read the secrets of the instance in `home`, making them first when the instance is new.

        Raises:
            PartUnavailable: see `load`; also when data exist that were encrypted with a key that is gone.
        """
        path = home / _FILE
        if not path.exists():
            if (home / "hotline.db").exists():
                raise PartUnavailable("secrets", f"{path} 丢失,而数据库已存在", remedy="从备份恢复 secrets.toml")
            _create(path, _fresh())
        return cls.load(home)


def _key_of(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != _KEY_BYTES:
        raise ValueError("a key of the wrong length")
    return key


def _fresh() -> str:
    lines = [
        "# 本实例的密钥与口令。与数据库一起备份;丢失后个人信息无法解密。",
        f'personal_key = "{base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}"',
        *(
            f'{name} = "{secrets.token_urlsafe(_KEY_BYTES)}"'
            for name in ("token_key", "mqtt_password", "redis_password")
        ),
        "[ami]",
        *(f'{user} = "{secrets.token_urlsafe(_KEY_BYTES)}"' for user in _AMI_USERS),
    ]
    return "\n".join(lines) + "\n"


def _create(path: Path, text: str) -> None:
    """Write the whole file or nothing; when another process was first, its file stays."""
    draft = path.with_name(f".{_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 - the mode must be right from the first byte
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    except OSError as error:
        raise PartUnavailable(
            "secrets", f"无法写入 {path}({error.strerror})", remedy="确认 HOTLINE_HOME 目录可写且磁盘未满"
        ) from error
    finally:
        with suppress(OSError):
            draft.unlink()


def _read_private(path: Path) -> str:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise PartUnavailable("secrets", f"{path} 可被其他用户读取({mode:04o})", remedy=f"chmod 600 {path}")
        return path.read_text("utf-8")
    except FileNotFoundError as error:
        raise PartUnavailable("secrets", f"{path} 不存在", remedy="运行 hotline init") from error
    except OSError as error:
        raise PartUnavailable("secrets", f"无法读取 {path}({error.strerror})", remedy="修正文件属主和权限") from error
