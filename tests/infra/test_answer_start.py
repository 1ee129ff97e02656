"""What async_answer loads before it listens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, ssl, sys
loads = []
real = ssl.SSLContext.load_verify_locations
ssl.SSLContext.load_verify_locations = lambda *a, **k: (loads.append(1), real(*a, **k))[1]
default = ssl.SSLContext.load_default_certs
ssl.SSLContext.load_default_certs = lambda *a, **k: (loads.append(1), default(*a, **k))[1]
import app
from rag_on_dingtalk.backends.transport.http import client_for
from rag_on_dingtalk.cloud.asgi import _server
from rag_on_dingtalk.settings.sections.backends import Connection
import httpx, aiohttp.connector
from rag_on_dingtalk.net.clients import trust
config, server = _server()
client_for(Connection())
print(json.dumps([
    sorted(sys.modules), len(loads), config.__name__, server.__name__,
    aiohttp.connector._SSL_CONTEXT_VERIFIED is trust(), ssl.create_default_context().verify_mode,
]))
"""


def test_no_command_line_is_loaded_and_the_authorities_are_read_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT / "functions" / "async_answer",
        env={**os.environ, "PYTHONPATH": str(ROOT / "layers" / "common")},
        capture_output=True,
        check=True,
        timeout=120,
    )
    modules, loads, config, server, shared, mode = json.loads(done.stdout)

    assert {"click", "httpx._main", "uvicorn.main", "rich", "yaml"}.isdisjoint(modules)
    assert {"aiohttp", "httpx", "uvicorn.server"} <= set(modules)
    # Jobs of other days than most: they load what they need when they come.
    assert not [name for name in modules if name.startswith("rag_on_dingtalk.evaluation")]
    assert "rag_on_dingtalk.worker.evaluating.handler" not in modules
    assert (config, server) == ("Config", "Server")
    assert loads == 1
    assert shared
    assert mode == 2
