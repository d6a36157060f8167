"""Personal data: a type of its own, masked when printed, encrypted in the database, searchable by keyed hash.

个人信息保护法 (PIPL) art. 51: encryption, de-identification and access limits are duties of the processor.
"""

import hashlib
import hmac
import os
import re
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema
from sqlalchemy import Dialect, LargeBinary, String
from sqlalchemy.types import TypeDecorator

from core.errors import PartUnavailable
from core.seal import Seal

_NONCE_BYTES = 12
_MASK_ALL_BELOW = 2
_PHONE_DIGITS = 7


class Personal:
    """A piece of personal data (name, phone, ID card, address, what was said).

    Printing, formatting and logging show the mask; `reveal()` gives the text and is called only where a person with
    the right to it is looking, or where a machine must use it (dialling, sending an SMS).
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def of(cls, text: str | None) -> Self | None:
        """Wrap `text`; None and the empty string give None."""
        return cls(text) if text else None

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    @property
    def masked(self) -> str:
        """The text with its telling part replaced by asterisks (139****5678, 王**)."""
        text = self._text
        if len(text) < _MASK_ALL_BELOW:
            return "*" * len(text)
        if re.fullmatch(r"\+?[0-9Xx -]+", text) and len(text) >= _PHONE_DIGITS:
            return f"{text[:3]}****{text[-4:]}" if len(text) > _PHONE_DIGITS else f"{text[0]}****{text[-2:]}"
        return text[0] + "*" * min(len(text) - 1, 8)

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"Personal({self.masked!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Personal) and other._text == self._text

    def __hash__(self) -> int:
        return hash(("Personal", self._text))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        del source, handler
        return core_schema.no_info_plain_validator_function(
            cls._validate,
            json_schema_input_schema=core_schema.str_schema(),
            serialization=core_schema.plain_serializer_function_ser_schema(
                str, return_schema=core_schema.str_schema(), when_used="json"
            ),
        )

    @classmethod
    def _validate(cls, value: object) -> "Personal":
        if isinstance(value, Personal):
            return value
        if isinstance(value, str):
            return cls(value)
        raise ValueError("text expected")


class PersonalKeys:
    """The keys for personal data: one encrypts (AES-256-GCM), one makes search hashes (HMAC-SHA256)."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:  # noqa: PLR2004 - bytes of a 256-bit key
            raise ValueError("the personal data key must be 32 bytes")
        self._cipher = AESGCM(hmac.digest(secret, b"encrypt", "sha256"))
        self._search = hmac.digest(secret, b"search", "sha256")
        self.seal = Seal(hmac.digest(secret, b"seal", "sha256"))
        """Signs what leaves the house as evidence."""

    def encrypt(self, text: str) -> bytes:
        """Return nonce + ciphertext of `text`."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), None)

    def decrypt(self, blob: bytes) -> str:
        """Return the text of a blob made by `encrypt`.

        Raises:
            PartUnavailable: the blob was made with another key or was changed.
        """
        try:
            return self._cipher.decrypt(blob[:_NONCE_BYTES], blob[_NONCE_BYTES:], None).decode()
        except InvalidTag as error:
            raise PartUnavailable(
                "database", "个人信息无法解密:密钥与数据库不符", remedy="恢复与该数据库一起备份的 secrets.toml"
            ) from error

    def search_hash(self, text: str) -> str:
        """Return the keyed hash (64 hex characters) by which an exact value is found."""
        return hmac.new(self._search, text.strip().encode(), hashlib.sha256).hexdigest()


_keys: PersonalKeys | None = None


def install_keys(keys: PersonalKeys) -> None:
    """Set the keys this process uses; called once by the wiring before the database is opened."""
    global _keys  # noqa: PLW0603 - SQLAlchemy column types are made before settings are read
    _keys = keys


def keys() -> PersonalKeys:
    """Return the installed keys.

    Raises:
        PartUnavailable: none are installed.
    """
    if _keys is None:
        raise PartUnavailable("secrets", "个人信息密钥未加载", remedy="运行 hotline init")
    return _keys


class EncryptedPersonal(TypeDecorator[Personal]):
    """Column of a `Personal`: ciphertext in the database."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Personal | None, dialect: Dialect) -> bytes | None:
        """Encrypt on the way in."""
        del dialect
        return None if value is None else keys().encrypt(value.reveal())

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Personal | None:
        """Decrypt on the way out."""
        del dialect
        return None if value is None else Personal(keys().decrypt(value))


class SearchHash(TypeDecorator[str]):
    """Column that finds a `Personal` by its exact value: bind a `Personal`, the keyed hash is stored."""

    impl = String(64)
    cache_ok = True

    def process_bind_param(self, value: Personal | str | None, dialect: Dialect) -> str | None:
        """Hash on the way in (and in comparisons)."""
        del dialect
        return keys().search_hash(value.reveal()) if isinstance(value, Personal) else value
