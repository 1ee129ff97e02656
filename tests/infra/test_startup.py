"""Each function starts without the garbage collector, and works with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag_on_dingtalk.settings.bots_document import convert_bots, encode_bots

ROOT = Path(__file__).parents[2]
NOWHERE = "http://127.0.0.1:1"

#: What FC does with a function once it has imported it; `look` notes how it is when it takes its first call.
STARTS = {
    "callback": """
app.WebServer = lambda *_, **__: type("Server", (), {"serve": lambda *_: look()})
app.main()
""",
    "async_answer": """
import asyncio, pathlib
service = app.Service(app.decode_bots(pathlib.Path(os.environ["BOTS_FILE"]).read_bytes()))
async def start():
    await service.start()
    look()
    await service.stop()
asyncio.run(start())
""",
    "console": """
import asyncio, pathlib
service = app.Service(app.decode_bots(pathlib.Path(os.environ["BOTS_FILE"]).read_bytes()))
async def receive():
    return {}
async def send(message):
    if message["type"] == "lifespan.startup.complete":
        look()
asyncio.run(service({"type": "lifespan"}, receive, send))
""",
    "failed_answer": "look()",
    "housekeeping": "look()",
}
PROGRAM = """
import gc, json, os
during = []
real = gc.enable
gc.enable = lambda: (during.append(gc.isenabled()), real())
import {module} as app
def look():
    print(json.dumps([during, gc.isenabled(), gc.get_freeze_count() > 10_000]))
{start}
"""


@pytest.mark.parametrize("function", STARTS)
def test_garbage_is_looked_for_once_the_function_has_started_and_not_before(
    function: str, tmp_path: Path
) -> None:
    bot = {
        "title": "t",
        "dingtalk": {"client_id": "ding1", "client_secret": "env:SECRET", "corp_id": "ding0corp"},
        "backend": {"kind": "openai", "base_url": NOWHERE, "api_key": "env:SECRET", "model": "m"},
        "administrators": ["user1"],
    }
    bots = tmp_path / "bots.json"
    bots.write_bytes(encode_bots(convert_bots({"bots": {"handbook": bot}, "console": True})))
    module = "app" if (ROOT / "functions" / function / "app.py").exists() else "index"

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(module=module, start=STARTS[function])],
        cwd=ROOT / "functions" / function,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "layers" / "common"),
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "key",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
            "ANSWER_FUNCTION": "answer",
            "BOTS_FILE": str(bots),
            "CONSOLE_SESSION_KEY": "k" * 64,
            "INVOKE_ENDPOINT": NOWHERE,
            "SECRET": "secret",
            "TABLESTORE_ENDPOINT": NOWHERE,
            "TABLESTORE_INSTANCE": "instance",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    enabled_during, enabled, what_is_built_is_left_alone = json.loads(done.stdout.splitlines()[-1])
    assert enabled_during == [False]
    assert enabled
    assert what_is_built_is_left_alone
