"""The knowledge base, without asking it a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.backends.registry import open_backend
from rag_on_dingtalk.doctor.line import Line, unchecked, well, wrong
from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.backends.base import Finding
    from rag_on_dingtalk.settings.secret import Secret
    from rag_on_dingtalk.settings.sections.backends import BackendSettings

SUBJECT = "backend"

NO_KEY = unchecked(SUBJECT, "its API key is missing.")


def judge(findings: Sequence[Finding]) -> Line:
    """What the backend's own probe says."""
    amiss = [finding.detail for finding in findings if not finding.well]
    if amiss:
        return wrong(SUBJECT, " ".join(amiss))
    return well(SUBJECT, " ".join(finding.detail for finding in findings))


async def examine(settings: BackendSettings, api_key: Secret) -> Line:
    """Probe it."""
    try:
        async with open_backend(settings, api_key) as backend:
            return judge(await backend.probe())
    except ConfigurationError as error:
        return wrong(SUBJECT, str(error))
