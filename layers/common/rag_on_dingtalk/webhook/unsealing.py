"""Opening an inbound envelope, for the routes that accept them; importing this costs a cipher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.dingtalk.envelope import EnvelopeError, Opened, WrongOwnerError, decode_key, decrypt
from rag_on_dingtalk.webhook.refusals import MisaddressedError, unauthorized

if TYPE_CHECKING:
    from rag_on_dingtalk.webhook.routes import BotRoute

_LONGEST_OWNER = 100


def unseal(sealed: str, bot_route: BotRoute) -> Opened:
    """What is in the envelope.

    Raises:
        RequestRefusedError: 401; a MisaddressedError when it is well-formed but for another owner.
    """
    if bot_route.aes_key is None:
        raise unauthorized("secret_missing")
    key = decode_key(bot_route.aes_key.reveal())
    try:
        return decrypt(sealed, key, bot_route.settings.dingtalk.envelope_owners)
    except WrongOwnerError as error:
        raise MisaddressedError(
            expected=" or ".join(error.expected), found=error.found[:_LONGEST_OWNER]
        ) from error
    except EnvelopeError as error:
        raise unauthorized("envelope") from error
