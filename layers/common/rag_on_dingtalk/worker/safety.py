"""One bot's checks, built from its settings."""

from __future__ import annotations

import time
import uuid
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rag_on_dingtalk.cloud.acs3 import Credentials
from rag_on_dingtalk.cloud.secrets import resolve_secret
from rag_on_dingtalk.safety.moderation.aliyun import AliyunService
from rag_on_dingtalk.safety.moderation.http_service import HttpService
from rag_on_dingtalk.safety.moderation.moderator import Moderator
from rag_on_dingtalk.safety.safety import Safety
from rag_on_dingtalk.safety.words.word_lists import load_filter
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.safety import AliyunModeration, PluginModeration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.safety.moderation.service import ModerationService
    from rag_on_dingtalk.settings.sections.safety import Moderation, SafetySettings


def build_safety(
    settings: SafetySettings,
    *,
    environ: Mapping[str, str],
    http: httpx.AsyncClient,
    clock: Callable[[], int],
    log: LogLine,
) -> Safety:
    """The checks that the settings ask for. It blocks: files are read, and KMS may be asked.

    clock: milliseconds since the epoch.

    Raises:
        ConfigurationError: a word list or a secret cannot be had, or a plug-in cannot be used.
    """
    words = load_filter(settings.words, Path(environ.get("BOTS_FILE", "bots.json")))
    moderation = settings.moderation
    if moderation is None:
        return Safety(words=words, log=log, clock=clock)
    service = _service(moderation, environ, http)

    def _moderator(failed: Callable[[], None]) -> Moderator:
        return Moderator(service, moderation, words=words, failed=failed, log=log)

    return Safety(words=words, log=log, clock=clock, moderator=_moderator)


def _service(
    moderation: Moderation, environ: Mapping[str, str], http: httpx.AsyncClient
) -> ModerationService:
    if isinstance(moderation, AliyunModeration):
        return AliyunService(
            moderation,
            http,
            # Read for every call: FC may renew a role's credentials while the instance lives.
            credentials=partial(Credentials.from_environ, environ),
            clock=time.time,
            nonce=lambda: uuid.uuid4().hex,
        )
    api_key = resolve_secret(moderation.api_key, environ) if moderation.api_key else None
    if isinstance(moderation, PluginModeration):
        from rag_on_dingtalk.safety.moderation.plugin import build_service  # only who has one needs it

        return build_service(moderation, api_key or Secret(""), http)
    return HttpService(moderation, http, api_key)
