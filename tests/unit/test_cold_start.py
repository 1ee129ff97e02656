"""What the callback loads before it can answer DingTalk, and what it never loads to say no."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.bots_file import load_bots
from rag_on_dingtalk.config import encode_bots

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]

PROGRAM = """
import json, sys
import index
initialize, *events = json.loads(sys.stdin.read())
if initialize:
    index.initialize(None)
answers = [index.handler(json.dumps(event).encode(), None)["statusCode"] for event in events]
print(json.dumps([answers, sorted(sys.modules)]))
"""

HEAVY = {
    "aiohttp", "alibabacloud_fc20230330", "asyncio", "aws_lambda_powertools", "boto3", "botocore",
    "concurrent", "Crypto", "dataclasses", "httpx", "inspect", "logging", "numpy", "pathlib", "pydantic",
    "requests", "tablestore", "tempfile", "typing_extensions", "urllib3", "uvicorn", "yaml",
}  # fmt: skip

#: Ours that only some pushes need; a prefix stands for all below it.
LATER = ("rag_on_dingtalk.config", "rag_on_dingtalk.kms", "rag_on_dingtalk.messages")
OF_EVENTS = (
    "rag_on_dingtalk.dingtalk.envelope",
    "rag_on_dingtalk.dingtalk.events",
    "rag_on_dingtalk.intake.events",
    "rag_on_dingtalk.intake.unsealing",
)
OF_CARDS = ("rag_on_dingtalk.dingtalk.card_clicks", "rag_on_dingtalk.intake.cards")
OF_MESSAGES = ("rag_on_dingtalk.dingtalk.inbound", "rag_on_dingtalk.intake.robot")


def push(path: str, body: str = '{"encrypt": "x"}', method: str = "POST") -> dict[str, Any]:
    """An unsigned one."""
    return {"requestContext": {"http": {"method": method, "path": path}}, "body": body, "headers": {}}


@pytest.fixture
def bots(tmp_path: Path) -> Path:
    file = tmp_path / "bots.json"
    file.write_bytes(encode_bots(load_bots(ROOT / "local" / "bots.yaml")))
    return file


def run(bots: Path, *events: dict[str, Any], initialize: bool = False) -> tuple[list[int], set[str]]:
    """Statuses of the answers, and the names of all modules loaded then."""
    done = subprocess.run(
        # Without site-packages' own start-up files, which are not deployed and load modules of their own.
        [sys.executable, "-S", "-c", PROGRAM],
        input=json.dumps([initialize, *events]).encode(),
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
    assert among(loaded, (*LATER, *OF_EVENTS, *OF_CARDS)) == set()


def test_the_initializer_loads_nothing_heavy(bots: Path) -> None:
    _, loaded = run(bots, initialize=True)

    assert HEAVY & loaded == set()
    assert set(OF_MESSAGES) <= loaded


@pytest.mark.parametrize(
    ("path", "others"),
    [("/events/handbook", OF_MESSAGES + OF_CARDS), ("/cards/handbook", OF_MESSAGES + OF_EVENTS)],
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
        {},
    )

    assert statuses == [404, 405, 413, 401, 401, 401, 401, 401, 400, 401, 401, 404]
    assert HEAVY & loaded == set()
    assert among(loaded, LATER) == set()


def test_saying_no_to_the_path_loads_no_route(bots: Path) -> None:
    _, loaded = run(bots, push("/"), push("/robot/handbook/guess"), push("/events/nobody/guess"))

    assert among(loaded, OF_MESSAGES + OF_EVENTS + OF_CARDS) == set()


def _site_packages() -> list[str]:
    return [path for path in sys.path if path.endswith("site-packages")]
