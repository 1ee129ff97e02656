"""The token of a request: the personal one, or one that a signed JWT is exchanged for.

The exchange is that of Coze's clients: RS256, `kid` is the public key's fingerprint, `aud` the API's host;
`/api/permission/oauth2/token` answers `{access_token, expires_in}`: `expires_in` is the moment of its end.
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.settings.kinds.coze import CozeOAuth
    from rag_on_dingtalk.settings.secret import Secret

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
#: A token is asked to live this long, seconds, and replaced this long before its end.
LIFE = 900
MARGIN = 60
#: The signed request for it, seconds.
_JWT_LIFE = 600


def signed(
    oauth: CozeOAuth,
    private_key: Secret,
    base_url: str,
    *,
    clock: Callable[[], float] = time.time,
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
) -> str:
    """The JWT that is exchanged for a token.

    clock: seconds since the epoch.

    Raises:
        ConfigurationError: the private key is none.
    """
    from Crypto.Hash import SHA256  # 50 ms, and most bots have a personal token
    from Crypto.PublicKey import RSA
    from Crypto.Signature import pkcs1_15

    now = int(clock())
    head = {"alg": "RS256", "typ": "JWT", "kid": oauth.key_id}
    claims = {
        "iss": oauth.client_id,
        "aud": urlsplit(base_url).netloc,
        "iat": now,
        "exp": now + _JWT_LIFE,
        "jti": new_id(),
    }
    content = ".".join(_encoded(json.dumps(part).encode()) for part in (head, claims))
    try:
        signer = pkcs1_15.new(RSA.import_key(private_key.reveal()))
        signature = signer.sign(SHA256.new(content.encode()))
    except (ValueError, IndexError, TypeError) as error:
        raise ConfigurationError(
            "backend.api_key of a Coze bot with oauth must refer to the app's private key in PEM. Correct it."
        ) from error
    return f"{content}.{_encoded(signature)}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
