"""What the callback loads before it can answer DingTalk, and what it never loads to say no."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.settings.bots_document import encode_bots
from rag_on_dingtalk.settings.bots_file import load_bots

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]

PROGRAM = """
import io, json, sys
import app
pushes = [push.encode("latin-1") for push in json.loads(sys.stdin.read())]
server = app.WebServer(app.callback().answer, log=app.log)
answers = []
for push in pushes:
    answer = bytearray()
    server.exchange(io.BytesIO(push), answer.extend)
    answers.append(int(answer.split()[1]))
print(json.dumps([answers, sorted(sys.modules)]))
"""

HEAVY = {
    "aiohttp", "alibabacloud_fc20230330", "asyncio", "aws_lambda_powertools", "boto3", "botocore",
    "concurrent", "Crypto", "dataclasses", "httpx", "inspect", "logging", "numpy", "pathlib", "pydantic",
    "requests", "tablestore", "tempfile", "typing_extensions", "urllib3", "uvicorn", "yaml",
}  # fmt: skip

#: Ours that only some pushes need; a prefix stands for all below it.
LATER = ("rag_on_dingtalk.cloud.kms", "rag_on_dingtalk.texts")
#: What only the answering functions and the tools need of the settings.
UNUSED = tuple(
    f"rag_on_dingtalk.settings.{name}"
    for name in (
        *("bot", "bots_document", "bots_file", "checks", "kinds", "secret_references"),
        *(f"sections.{section}" for section in ("access", "backends", "files", "knowledge", "safety")),
    )
)
OF_EVENTS = (
    "rag_on_dingtalk.dingtalk.inbound.org_event",
    "rag_on_dingtalk.webhook.org_event",
    "rag_on_dingtalk.webhook.unsealing",
)
OF_CARDS = ("rag_on_dingtalk.dingtalk.inbound.card_action", "rag_on_dingtalk.webhook.card_action")
OF_MESSAGES = ("rag_on_dingtalk.dingtalk.inbound.robot_message", "rag_on_dingtalk.webhook.robot_message")


def push(path: str, body: str = '{"encrypt": "x"}', method: str = "POST") -> bytes:
    """An unsigned one."""
    return f"{method} {path} HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


@pytest.fixture
def bots(tmp_path: Path) -> Path:
    file = tmp_path / "bots.json"
    file.write_bytes(encode_bots(load_bots(ROOT / "devserver" / "bots.yaml")))
    return file


def run(bots: Path, *pushes: bytes) -> tuple[list[int], set[str]]:
    """Statuses of the answers of one instance, and the names of all modules loaded then."""
    done = subprocess.run(
        # Without site-packages' own start-up files, which are not deployed and load modules of their own.
        [sys.executable, "-S", "-c", PROGRAM],
        input=json.dumps([push.decode("latin-1") for push in pushes]).encode(),
        env={
            "PYTHONPATH": os.pathsep.join(
                [str(ROOT / "functions" / "callback"), str(ROOT / "layers" / "common"), *_site_packages()]
            ),
            "ANSWER_FUNCTION": "answer",
            "BOTS_FILE": str(bots),
            "DINGTALK_CLIENT_SECRET": "secret",
            "DINGTALK_CARD_SECRET": "card-secret",
            "DINGTALK_EVENT_TOKEN": "token",
            "DINGTALK_AES_KEY": "kbtMLrA2q9XcEwY7uZs3HfVj5GdNp8RiT1oKxQeUvC4",
            "INVOKE_ENDPOINT": "http://127.0.0.1:1",
        },
        capture_output=True,
        check=True,
    )
    statuses, loaded = json.loads(done.stdout.splitlines()[-1])
    return statuses, set(loaded)


def among(loaded: set[str], names: Iterable[str]) -> set[str]:
    return {module for module in loaded for name in names if (module + ".").startswith(name + ".")}


def test_a_message_waits_for_nothing_heavy(bots: Path) -> None:
    statuses, loaded = run(bots, push("/robot/handbook"))

    assert statuses == [401]
    assert HEAVY & loaded == set()
    assert among(loaded, (*LATER, *UNUSED, *OF_EVENTS, *OF_CARDS)) == set()


@pytest.mark.parametrize("name", [*LATER, *UNUSED, *OF_EVENTS, *OF_CARDS, *OF_MESSAGES])
def test_what_is_looked_for_is_there_to_be_loaded(name: str) -> None:
    # A module that was renamed would never be found among those loaded.
    assert importlib.util.find_spec(name) is not None


def test_nothing_heavy_is_loaded_before_the_first_push(bots: Path) -> None:
    _, loaded = run(bots)

    assert HEAVY & loaded == set()
    assert among(loaded, UNUSED) == set()
    assert set(OF_MESSAGES) <= loaded


def test_an_answering_function_loads_no_check_that_no_bot_wants() -> None:
    program = "import sys, rag_on_dingtalk.worker.container; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    ).stdout

    checks = [f"rag_on_dingtalk.safety.{room}" for room in ("dates", "moderation", "text", "words")]
    assert among(set(loaded.split()), [*checks, "rag_on_dingtalk.pipeline.checks.safety_out"]) == set()


@pytest.mark.parametrize(
    ("path", "others"),
    [
        ("/robot/handbook", OF_EVENTS + OF_CARDS),
        ("/events/handbook", OF_CARDS),
        ("/cards/handbook", OF_EVENTS),
    ],
)
def test_each_push_loads_only_what_it_needs(bots: Path, path: str, others: tuple[str, ...]) -> None:
    _, loaded = run(bots, push(path))

    assert among(loaded, others) == set()


def test_a_refusal_loads_nothing_heavy_whatever_is_refused(bots: Path) -> None:
    statuses, loaded = run(
        bots,
        push("/"),
        push("/robot/handbook", method="PUT"),
        push("/robot/handbook", "x" * 70_000),
        push("/robot/nobody"),
        push("/robot/handbook/guess"),
        push("/robot/handbook"),
        push("/events/nobody"),
        push("/events/handbook"),
        push("/events/handbook", "x"),
        push("/cards/nobody"),
        push("/cards/handbook"),
        b"x",
    )

    assert statuses == [404, 405, 413, 401, 401, 401, 401, 401, 400, 401, 401, 400]
    assert HEAVY & loaded == set()
    assert among(loaded, (*LATER, *UNUSED)) == set()


def test_saying_no_to_the_path_loads_no_other_route(bots: Path) -> None:
    _, loaded = run(bots, push("/"), push("/robot/handbook/guess"), push("/events/nobody/guess"))

    # The robot's is there before the first push.
    assert among(loaded, OF_EVENTS + OF_CARDS) == set()


def _site_packages() -> list[str]:
    return [path for path in sys.path if path.endswith("site-packages")]
