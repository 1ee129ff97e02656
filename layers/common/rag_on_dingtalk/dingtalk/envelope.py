"""DingTalk's encrypted envelope around pushes: AES-256-CBC inside, SHA-1 signature outside. Pure.

Source: DingTalk, "回调事件消息体加解密"
(development/callback-event-message-body-encryption-and-decryption).
The layout is random(16) | uint32 length of the message in bytes | message | owner key, padded to
blocks of 32, not 16: an AES library's own PKCS7 refuses or mis-strips it, so padding is done here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import struct

import msgspec

_BLOCK = 32
_PREFIX = 16 + 4
_AES_KEY = re.compile(r"[A-Za-z0-9]{43}")


class EnvelopeError(ValueError):
    """The envelope is not from DingTalk, or not for this app."""


class WrongOwnerError(EnvelopeError):
    """Decrypted, but addressed to another app or organisation: the commonest mistake when setting this up."""

    def __init__(self, found: str, expected: tuple[str, ...]) -> None:
        super().__init__(f"the envelope is for {found!r}, expected one of {', '.join(map(repr, expected))}")
        self.found = found
        self.expected = expected


class Opened(msgspec.Struct, frozen=True):
    """What was in an envelope; an answer goes back under the same owner key."""

    message: bytes
    owner: str


def sign(token: str, timestamp: str, nonce: str, encrypted: str) -> str:
    """`signature` (also called `msg_signature`): hex SHA-1 over the four sorted strings."""
    parts = sorted(part.encode("utf-8", "replace") for part in (token, timestamp, nonce, encrypted))
    return hashlib.sha1(b"".join(parts)).hexdigest()  # noqa: S324 - DingTalk's choice


def signature_is_valid(signature: str, token: str, timestamp: str, nonce: str, encrypted: str) -> bool:
    """Whether the query's signature belongs to this envelope."""
    expected = sign(token, timestamp, nonce, encrypted)
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))


def decode_key(encoding_aes_key: str) -> bytes:
    """The 43 characters of the console's aes_key → 32 bytes.

    Raises:
        EnvelopeError: it is not such a key.
    """
    if not _AES_KEY.fullmatch(encoding_aes_key):
        raise EnvelopeError("the aes_key must be the 43 letters and digits shown in the console")
    return base64.b64decode(encoding_aes_key + "=")


def decrypt(encrypted: str, key: bytes, owners: tuple[str, ...]) -> Opened:
    """The message inside.

    owners: accepted owner keys: the Client ID, or the corpId for subscriptions registered by API.

    Raises:
        WrongOwnerError: well-formed, but for another app or organisation.
        EnvelopeError: anything else that is wrong with it.
    """
    try:
        cipher_text = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError) as error:
        raise EnvelopeError("the envelope is not base64") from error
    if not cipher_text or len(cipher_text) % 16:
        raise EnvelopeError("the envelope is not whole AES blocks")
    # Imported only when an envelope arrives: everything else starts sooner.
    from Crypto.Cipher import AES

    padded = AES.new(key, AES.MODE_CBC, key[:16]).decrypt(cipher_text)
    plain = _strip(padded)
    if len(plain) < _PREFIX:
        raise EnvelopeError("the envelope is too short")
    (length,) = struct.unpack(">I", plain[16:_PREFIX])
    if length > len(plain) - _PREFIX:
        raise EnvelopeError("the message is longer than the envelope")
    message = plain[_PREFIX : _PREFIX + length]
    owner = plain[_PREFIX + length :].decode("utf-8", "replace")
    if owner not in owners:
        raise WrongOwnerError(owner, owners)
    return Opened(message, owner)


def encrypt(message: bytes, key: bytes, owner: str, random16: bytes) -> str:
    """The envelope for `message`; `random16` is 16 fresh random bytes."""
    from Crypto.Cipher import AES

    plain = random16 + struct.pack(">I", len(message)) + message + owner.encode()
    pad = _BLOCK - len(plain) % _BLOCK
    return base64.b64encode(AES.new(key, AES.MODE_CBC, key[:16]).encrypt(plain + bytes([pad]) * pad)).decode(
        "ascii"
    )


def _strip(padded: bytes) -> bytes:
    pad = padded[-1]
    if not 1 <= pad <= _BLOCK or padded[-pad:] != bytes([pad]) * pad:
        raise EnvelopeError("the padding is wrong; the aes_key may belong to another app")
    return padded[:-pad]
