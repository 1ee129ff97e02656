"""`/metrics` of the local system: the deployed application, over the local tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devserver.settings import ACCESS_KEY_ID, ACCESS_KEY_SECRET, INSTANCE
from rag_on_dingtalk.clock import now_ms
from rag_on_dingtalk.console.metrics import MetricsApp
from rag_on_dingtalk.observability.log_lines import line_logger
from rag_on_dingtalk.storage.rows.client import Rows

if TYPE_CHECKING:
    from devserver.system import LocalSystem

#: Of this machine only; METRICS_TOKEN in the environment takes its place.
TOKEN = "local-metrics-token"


class LocalMetrics:
    """Builds the application when it is first asked: the tables have an address only once they run."""

    def __init__(self, system: LocalSystem) -> None:
        self._system = system
        self._app: MetricsApp | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        if self._app is None:
            rows = Rows(
                endpoint=self._system.tablestore.url,
                instance=INSTANCE,
                credentials=lambda: (ACCESS_KEY_ID, ACCESS_KEY_SECRET, ""),
            )
            self._system.closing(rows.close)
            token = self._system.environ.get("METRICS_TOKEN", "") or TOKEN
            self._app = MetricsApp(
                self._system.bots.bots, rows, token=token, clock=now_ms, log=line_logger("metrics")
            )
        await self._app(scope, receive, send)
