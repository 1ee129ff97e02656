"""A moderation service of one's own, given what it needs and kept within bounds; see `plugins`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import ModerationError
from rag_on_dingtalk.plugins.loading import load, made, raised, settings_of
from rag_on_dingtalk.plugins.seams import MODERATION
from rag_on_dingtalk.safety.verdict import Verdict

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.safety.moderation.service import ModerationService
    from rag_on_dingtalk.safety.verdict import Direction
    from rag_on_dingtalk.settings.secret import Secret
    from rag_on_dingtalk.settings.sections.safety import PluginModeration


class ModerationContext:
    """What a plug-in is given besides its own settings.

    moderation: the settings that all services share: `timeout_ms`, `on_error`.
    api_key: the key that `api_key` refers to; empty without one.
    http: a client for calls; not to be closed.
    """

    def __init__(self, moderation: PluginModeration, api_key: Secret, http: httpx.AsyncClient) -> None:
        self.moderation = moderation
        self.api_key = api_key
        self.http = http


class BoundedService:
    """See `ModerationService`. Whatever a plug-in does, a text that it did not judge is an error."""

    def __init__(self, inner: ModerationService, factory: str) -> None:
        self._inner = inner
        self._name = f"The plug-in {factory}"

    def most(self, direction: Direction) -> int:
        """See `ModerationService.most`."""
        try:
            most = self._inner.most(direction)
        except Exception as error:  # noqa: BLE001 - a plug-in may do anything
            raise self._nothing(raised(error)) from None
        if not isinstance(most, int) or most < 1:
            raise self._nothing("says of no text that it is short enough. Its `most` must be 1 or more.")
        return most

    async def judge(self, text: str, direction: Direction, session: str) -> Verdict:
        """See `ModerationService.judge`."""
        try:
            verdict = await self._inner.judge(text, direction, session)
        except ModerationError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            raise self._nothing(raised(error)) from None
        if not isinstance(verdict, Verdict) or not verdict.judged:
            kind = type(verdict).__name__
            raise self._nothing(f"returned {kind}, which is no verdict of its own. Mend it.")
        try:
            # A struct does not look at the types of what it is made of: `allowed="no"` would be true.
            return msgspec.convert(msgspec.structs.asdict(verdict), Verdict)
        except msgspec.ValidationError as error:
            raise self._nothing(f"returned a verdict that cannot be read: {error}. Mend it.") from None

    def _nothing(self, what: str) -> ModerationError:
        return ModerationError("nothing", f"{self._name} {what}")


def build_service(
    moderation: PluginModeration, api_key: Secret, http: httpx.AsyncClient
) -> ModerationService:
    """The moderation service of a plug-in, kept within bounds.

    Raises:
        ConfigurationError: it cannot be loaded, or does not take its settings.
    """
    found = load(moderation.factory, MODERATION)
    own = settings_of(found, moderation.factory, moderation.settings, MODERATION)
    context = ModerationContext(moderation, api_key, http)
    return BoundedService(made(found, moderation.factory, own, context), moderation.factory)
