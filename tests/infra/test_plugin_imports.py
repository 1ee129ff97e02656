"""What a plug-in costs an instance: its own module, a few of ours, and nothing before it is first used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rag_on_dingtalk.settings.bots_document import convert_bots, encode_bots

ROOT = Path(__file__).parents[2]

TINY = """
import msgspec

class Tiny:
    API = 1

    class Settings(msgspec.Struct, frozen=True):
        size: int = 1

    def __init__(self, settings, context=None):
        self.settings = settings

    async def ask(self, ask):
        yield None

    async def stop(self, ask, task_id): ...
    async def rate(self, message_id, **vote): ...
    async def probe(self): ...
    def most(self, direction): return 100
    async def judge(self, text, direction, session): ...
    async def call(self, values, key): ...
"""

#: Reads the compiled bots as async_answer does, builds what the first bot names, and says what that loaded.
PROGRAM = """
import json, sys
from rag_on_dingtalk.settings.bots_document import decode_bots
import rag_on_dingtalk.worker.container
bots = decode_bots(sys.stdin.buffer.read())
bot = bots.bots["handbook"]
{anyway}
started = set(sys.modules)
{build}
print(json.dumps([sorted(started), sorted(set(sys.modules) - started)]))
"""

OF_ALL = {
    "tiny_plugin",
    "rag_on_dingtalk.plugins",
    "rag_on_dingtalk.plugins.loading",
    "rag_on_dingtalk.plugins.seams",
}

BACKEND = """
from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.settings.secret import Secret
build_backend(bot.backend, Secret(""), None)
"""

MODERATION = """
from rag_on_dingtalk.worker.safety import build_safety
build_safety(bot.safety, environ={}, http=None, clock=None, log=None)
"""

SKILL_CALL = """
from rag_on_dingtalk.knowledge.skills.calling import own_class
from rag_on_dingtalk.knowledge.skills.skill import PythonCall
own_class(PythonCall(factory="tiny_plugin:Tiny", results=("left",)))
"""

#: For each seam: what bots.yaml says, what a worker loads for a built-in of the same sort, how it is built,
#: and which modules of ours may come with it.
SEAMS: dict[str, tuple[dict[str, Any], str, str, set[str]]] = {
    "a backend": (
        {"backend": {"kind": "python:tiny_plugin:Tiny"}},
        "import rag_on_dingtalk.backends.anythingllm",
        BACKEND,
        {"rag_on_dingtalk.backends.plugins", "rag_on_dingtalk.backends.bounded"},
    ),
    "a moderation service": (
        {"safety": {"moderation": {"kind": "python:tiny_plugin:Tiny"}}},
        "import rag_on_dingtalk.worker.safety",
        MODERATION,
        {"rag_on_dingtalk.safety.moderation.plugin"},
    ),
    "a skill's call": (
        {},
        "import rag_on_dingtalk.worker.knowledge.skills",
        SKILL_CALL,
        {"rag_on_dingtalk.knowledge.skills.calling"},
    ),
}


def loaded(tmp_path: Path, seam: str) -> tuple[set[str], set[str]]:
    """What was loaded when the worker had started, and what its first use added."""
    named, anyway, build, _ = SEAMS[seam]
    (tmp_path / "tiny_plugin.py").write_text(TINY, encoding="utf-8")
    bot = {
        "dingtalk": {"client_id": "ding1", "client_secret": "env:SECRET"},
        "backend": {
            "kind": "anythingllm",
            "base_url": "https://a.example",
            "api_key": "env:KEY",
            "workspace": "w",
        },
        **named,
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(anyway=anyway, build=build)],
        input=encode_bots(convert_bots({"bots": {"handbook": bot}})),
        env={"PYTHONPATH": os.pathsep.join([str(ROOT / "layers" / "common"), str(tmp_path)]), "PATH": ""},
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    started, added = json.loads(done.stdout.splitlines()[-1])
    return set(started), set(added)


@pytest.mark.parametrize("seam", SEAMS)
def test_a_plug_in_is_imported_when_it_is_first_used_and_brings_nothing_but_the_seam(
    tmp_path: Path, seam: str
) -> None:
    started, added = loaded(tmp_path, seam)

    assert "tiny_plugin" not in started
    assert "tiny_plugin" in added
    assert added <= OF_ALL | SEAMS[seam][3]


def test_a_worker_without_plug_ins_loads_nothing_of_theirs(tmp_path: Path) -> None:
    started, _ = loaded(tmp_path, "a moderation service")

    assert not [name for name in started if name.startswith("rag_on_dingtalk.plugins")]
    assert "rag_on_dingtalk.safety.moderation.plugin" not in started
