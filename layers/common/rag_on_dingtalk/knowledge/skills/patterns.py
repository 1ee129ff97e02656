"""The patterns of skills: bounded as those of bots.yaml are. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.checks.patterns import UnboundedPatternError, check_pattern, compiled

if TYPE_CHECKING:
    import re


def safe_pattern(written: str, *, where: str) -> re.Pattern[str]:
    """The pattern, ready to be searched for in up to `settings.checks.patterns.MOST_SEARCHED` characters.

    where: names its place for the error.

    Raises:
        ConfigurationError: it is no pattern, or could take long; says why.
    """
    try:
        check_pattern(written)
    except UnboundedPatternError as error:
        raise ConfigurationError(f"{where} {error}. Correct it.") from None
    return compiled(written)
