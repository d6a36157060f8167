"""Passwords: which ones are taken, how they are kept (argon2id, OWASP parameters of pwdlib), how one is made up."""

import asyncio
import secrets
import string

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from core.errors import InvalidInput

_SHORTEST = 10
_LONGEST = 128
_LONG_ENOUGH_FOR_ONE_KIND = 20
_KINDS_WANTED = 3
_MADE_UP_LENGTH = 16
_WELL_KNOWN = ("password", "12345678", "87654321", "qwertyui", "admin123", "hotline1", "abcd1234", "88888888")

_hasher = PasswordHash((Argon2Hasher(),))
_at_once = asyncio.Semaphore(2)
"""A verification takes 64 MiB and tens of milliseconds of a core: a burst of sign-ons must not starve the calls."""


def check(password: str, login: str) -> None:
    """Refuse a password that is easily guessed (GB/T 22239-2019 8.1.4.1 a: complexity).

    Raises:
        InvalidInput: with the rule that is broken.
    """
    if not _SHORTEST <= len(password) <= _LONGEST:
        raise InvalidInput("password", f"密码长度须为 {_SHORTEST} 至 {_LONGEST} 个字符", code="weak_password")
    if _kinds(password) < _KINDS_WANTED and len(password) < _LONG_ENOUGH_FOR_ONE_KIND:
        raise InvalidInput(
            "password",
            f"密码须含大写、小写、数字、符号中的三种,或不少于 {_LONG_ENOUGH_FOR_ONE_KIND} 个字符",
            code="weak_password",
        )
    lowered = password.lower()
    if login in lowered or any(known in lowered for known in _WELL_KNOWN):
        raise InvalidInput("password", "密码不得包含账号名或常见密码", code="weak_password")


def _kinds(password: str) -> int:
    """Count the kinds of characters; every character outside ASCII letters and digits is a symbol."""
    kinds = {
        "upper" if character in string.ascii_uppercase
        else "lower" if character in string.ascii_lowercase
        else "digit" if character in string.digits
        else "symbol"
        for character in password
    }  # fmt: skip
    return len(kinds)


def made_up() -> str:
    """Return a random password that passes `check` (no characters that are mistaken for each other)."""
    letters = "".join(set(string.ascii_letters + string.digits) - set("0O1lI"))
    body = "".join(secrets.choice(letters) for _ in range(_MADE_UP_LENGTH))
    return f"{body[:8]}-{body[8:]}-{secrets.choice('23456789')}{secrets.choice('abcdefgh')}{secrets.choice('ABCDEFGH')}"


async def hashed(password: str) -> str:
    """Return the argon2id hash of `password`."""
    async with _at_once:
        return await asyncio.to_thread(_hasher.hash, password)


async def verified(password: str, hash_: str) -> tuple[bool, str | None]:
    """Tell whether `password` fits; the second value is a fresh hash when the parameters have been raised since."""
    async with _at_once:
        return await asyncio.to_thread(_hasher.verify_and_update, password, hash_)
