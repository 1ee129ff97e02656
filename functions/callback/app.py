"""DingTalk → queue. A custom runtime: FC hands over the HTTP trigger's requests as they are, many at once."""

from __future__ import annotations

import os
import time

# First, for their effect.
from rag_on_dingtalk import startup  # isort: skip
import rag_on_dingtalk.webhook.lean  # noqa: F401  # isort: skip
from rag_on_dingtalk.cloud.acs3 import Credentials
from rag_on_dingtalk.cloud.fc_invoke import AsyncInvoker, invoke_endpoint
from rag_on_dingtalk.cloud.fc_web import WebServer
from rag_on_dingtalk.cloud.secrets import resolve_secret
from rag_on_dingtalk.observability.log_lines import line_logger
from rag_on_dingtalk.webhook.app import Callback
from rag_on_dingtalk.webhook.routes import RouteTable, read_settings
from rag_on_dingtalk.webhook.submit import JobQueue, WebhookContext, own_queues

log = line_logger("callback")


def callback() -> Callback:
    """Build everything, and read every secret, before the first push arrives."""
    # Not pathlib: importing it would be a tenth of the cold start.
    with open(os.environ["BOTS_FILE"], "rb") as file:  # noqa: PTH123
        settings = read_settings(file.read())
    invoker = AsyncInvoker(
        endpoint=invoke_endpoint(os.environ),
        function=os.environ["ANSWER_FUNCTION"],
        credentials=lambda: Credentials.from_environ(os.environ),
    )
    built = Callback(
        RouteTable(settings, resolve=lambda reference: resolve_secret(reference, hurried=True), log=log),
        WebhookContext(
            queue=JobQueue(
                enqueue=invoker.enqueue,
                own=own_queues(invoker.enqueue, os.environ["ANSWER_FUNCTION"], settings),
                log=log,
            ),
            webhook_host=os.environ.get("DINGTALK_OAPI_URL", "https://oapi.dingtalk.com"),
            clock=time.time,
            random_bytes=os.urandom,
            log=log,
        ),
    )
    built.prepare()
    return built


def main() -> None:
    """Serve until FC ends the process."""
    built = callback()
    startup.finish()
    WebServer(built.answer, log=log).serve(
        # FC reaches the server through the instance's own network; a laptop must not.
        os.environ.get("LISTEN_HOST", "0.0.0.0"),  # noqa: S104
        int(os.environ.get("FC_CUSTOM_LISTEN_PORT", "9000")),
    )


if __name__ == "__main__":
    main()
