"""The encrypted envelope of event pushes, both ways: DingTalk seals the event and opens the bot's answer.

Layout before encryption: 16 random bytes, the message's length (4 bytes, big-endian), the message, the owner
key; padded as PKCS#7 but to a block of 32. AES-256-CBC; the IV is the first half of the key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field

from Crypto.Cipher import AES

_PAD_BLOCK = 32
_HEAD = 20


class EnvelopeError(ValueError):
    """Raised when an envelope cannot be opened with these keys."""


@dataclass(frozen=True)
class EnvelopeKeys:
    """What both ends of an event subscription know.

    aes_key: the console's 43 characters.
    owner_key: the app's Client ID for a subscription made in the developer console.
    """

    token: str
    aes_key: str = field(repr=False)
    owner_key: str

    @property
    def key(self) -> bytes:
        """The 32 bytes of the AES key."""
        return base64.b64decode(self.aes_key + "=")


def event_signature(token: str, timestamp: str, nonce: str, encrypted: str) -> str:
    """Hex SHA-1 over the four strings in byte order."""
    joined = "".join(sorted((token, timestamp, nonce, encrypted)))
    return hashlib.sha1(joined.encode()).hexdigest()  # noqa: S324 - the protocol's own choice


def seal(keys: EnvelopeKeys, message: str, *, random16: bytes) -> str:
    """Encrypt a message; `random16` is the random prefix, passed in so that a result can be repeated."""
    data = message.encode()
    plain = random16 + len(data).to_bytes(4, "big") + data + keys.owner_key.encode()
    pad = _PAD_BLOCK - len(plain) % _PAD_BLOCK
    sealed = AES.new(keys.key, AES.MODE_CBC, iv=keys.key[:16]).encrypt(plain + bytes([pad]) * pad)
    return base64.b64encode(sealed).decode()


def unseal(keys: EnvelopeKeys, encrypted: str) -> str:
    """Decrypt a message; raises EnvelopeError when it was not sealed with the same keys and owner."""
    try:
        sealed = base64.b64decode(encrypted, validate=True)
        plain = AES.new(keys.key, AES.MODE_CBC, iv=keys.key[:16]).decrypt(sealed)
        pad = plain[-1]
        length = int.from_bytes(plain[16:_HEAD], "big")
        message = plain[_HEAD : _HEAD + length].decode()
        owner = plain[_HEAD + length : len(plain) - pad].decode()
    except (binascii.Error, ValueError, IndexError) as error:
        raise EnvelopeError("The envelope was not sealed with this AES key. Compare the keys.") from error
    if not 1 <= pad <= _PAD_BLOCK or owner != keys.owner_key:
        raise EnvelopeError(
            f"The envelope's owner is not {keys.owner_key!r}. Seal it for the Client ID, not the corpId."
        )
    return message
