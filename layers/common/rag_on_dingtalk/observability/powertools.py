"""LogLine over Powertools' Logger, for functions that can afford its import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from rag_on_dingtalk.observability.libraries import quiet_libraries
from rag_on_dingtalk.observability.log_fields import with_fields
from rag_on_dingtalk.observability.log_lines import level_named, own_fields

if TYPE_CHECKING:
    from rag_on_dingtalk.observability.log_lines import Level, LogLine

_ADVICE = "LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL; INFO is used."


def powertools_logger(service: str, level: str = "INFO") -> LogLine:
    """JSON lines on standard output, with Powertools' field names; libraries are quiet from now on.

    Each line carries the fields of the `log_fields` block around it.


    level: from LOG_LEVEL; INFO stands for one that is no level.
    """
    quiet_libraries()
    known = level_named(level)
    logger = Logger(service=service, level=known or "INFO", use_rfc3339=True, location=None, utc=True)

    write = {"INFO": logger.info, "WARNING": logger.warning, "ERROR": logger.error}

    def log(message: str, *, level: Level = "INFO", **fields: str | int) -> None:
        write[level](message, extra=own_fields(with_fields(fields)))

    if known is None:
        log("log_level_unknown", level="WARNING", wanted=level, advice=_ADVICE)

    return log
