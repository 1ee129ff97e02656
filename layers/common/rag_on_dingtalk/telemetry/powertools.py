"""LogLine over Powertools' Logger, for functions that can afford its import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

if TYPE_CHECKING:
    from rag_on_dingtalk.telemetry.lines import Level, LogLine


def powertools_logger(service: str, level: str = "INFO") -> LogLine:
    """JSON lines on standard output, with Powertools' field names.

    level: from LOG_LEVEL.
    """
    logger = Logger(service=service, level=level, use_rfc3339=True, location=None, utc=True)

    write = {"INFO": logger.info, "WARNING": logger.warning, "ERROR": logger.error}

    def log(message: str, *, level: Level = "INFO", **fields: str | int) -> None:
        write[level](message, extra=fields)

    return log
