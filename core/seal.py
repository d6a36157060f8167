"""The seal of an installation: Ed25519 signatures (RFC 8032), which anybody can check who has the public key."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class Seal:
    """Signs with a key made from the installation's secret."""

    def __init__(self, secret: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(secret)

    @property
    def public(self) -> str:
        """The public key, 64 hex characters."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, contents: bytes) -> str:
        """Return the signature over `contents`, 128 hex characters."""
        return self._key.sign(contents).hex()


def signed_by(public: str, signature: str, contents: bytes) -> bool:
    """Tell whether the holder of the key `public` signed exactly `contents`; what is no key or signature is not."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), contents)
    except (InvalidSignature, ValueError):
        return False
    return True
