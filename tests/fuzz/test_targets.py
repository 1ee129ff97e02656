"""The fuzzer's targets, with the same few thousand inputs every time; `make fuzz` goes on from there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.cloud.fc_web import HttpResponse
from rag_on_dingtalk.webhook.app import Callback
from tests.conftest import HERE
from tests.fuzz import pushes
from tests.fuzz.inputs import change, seeds, stream
from tests.fuzz.targets import BrokenPromiseError, Handler, envelope, inbound, make
from tests.unit.webhook.edge import NOW_MS, SECRET, robot_push, wire

if TYPE_CHECKING:
    from pathlib import Path

TARGETS = ("handler", "inbound", "envelope")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)

SEED = pushes.authentic(pushes.SEEDS[0])

#: Made once: making one takes longer than a thousand pushes.
HANDLER = Handler(traced=16)


@pytest.mark.parametrize("target", TARGETS)
def test_every_promise_holds_for_thousands_of_changed_pushes(target: str) -> None:
    check = make(target)
    for data in islice(stream(target, seed=7), 3_000):
        check(data)


def test_the_inputs_get_past_the_signature_and_into_every_answer() -> None:
    handler = Handler(traced=20)
    for data in islice(stream("handler", seed=3), 3_000):
        handler(data)

    assert handler.queued > 100
    assert {200, 400, 401, 404} <= set(handler.statuses)
    assert handler.most_memory > 0


@pytest.mark.parametrize("target", TARGETS)
def test_one_number_makes_one_input(target: str) -> None:
    (seed, *_) = seeds(target)

    assert change(target, seed, 5) == change(target, seed, 5)
    assert list(islice(stream(target, seed=2), 20)) == list(islice(stream(target, seed=2), 20))


@given(st.binary(max_size=400))
def test_any_bytes_are_answered_sealed_and_opened(data: bytes) -> None:
    HANDLER(data + b"\r\n\r\n")
    inbound(data)
    envelope(data)


@given(st.sampled_from(("robot", "events", "cards")), JSON)
def test_any_json_that_is_signed_is_answered(route: str, value: Any) -> None:
    body = json.dumps(value).encode()

    HANDLER(pushes.authentic(pushes.Plain(route, "handbook", body)))
    inbound(body)


@given(st.sampled_from(pushes.SEEDS), st.data())
def test_no_field_of_a_push_may_hold_anything(seed: pushes.Plain, data: st.DataObject) -> None:
    body = json.loads(seed.body)
    changed = {**body, data.draw(st.sampled_from(sorted(body))): data.draw(JSON)}

    HANDLER(pushes.authentic(pushes.Plain(seed.route, seed.bot, json.dumps(changed).encode())))


# --- the judge itself


@pytest.mark.parametrize("seed", pushes.SEEDS)
def test_an_authentic_push_is_known_and_a_forged_one_as_well(seed: pushes.Plain) -> None:
    event = pushes.authentic(seed)

    assert pushes.is_authentic(event)
    assert pushes.unpack(event) == seed
    forged = re.sub(
        rb"(sign: |x-ddpaas-signature: |signature=)[^&\r ]+", rb"\1forged", event, flags=re.IGNORECASE
    )
    assert not pushes.is_authentic(forged)


@pytest.mark.parametrize("timestamp", [NOW_MS - 3_600_001, NOW_MS + 300_001])
def test_the_judge_knows_what_is_stale(timestamp: int) -> None:
    assert not pushes.is_authentic(wire(robot_push("{}", timestamp=str(timestamp))))


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (HttpResponse(503, "{}"), "503"),
        (HttpResponse(200, "[]"), "no JSON object"),
        (HttpResponse(200, json.dumps({"a": SECRET})), "a secret left"),
    ],
)
def test_a_broken_promise_is_noticed(
    monkeypatch: pytest.MonkeyPatch, answer: HttpResponse, what: str
) -> None:
    handler = Handler()
    monkeypatch.setattr(Callback, "answer", lambda *_: answer)

    with pytest.raises(BrokenPromiseError, match=what):
        handler(SEED)


@pytest.fixture
def _gullible(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, check in (
        ("robot_message", "robot_signature_is_valid"),
        ("card_action", "card_signature_is_valid"),
    ):
        monkeypatch.setattr(f"rag_on_dingtalk.webhook.{module}.{check}", lambda *_: True)


@pytest.mark.usefixtures("_gullible")
def test_a_callback_that_believes_anybody_is_found_out() -> None:
    handler = Handler()

    with pytest.raises(BrokenPromiseError, match="without a valid signature"):
        deque(map(handler, islice(stream("handler", seed=1), 3_000)), maxlen=0)


def test_more_memory_than_promised_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    handler = Handler(traced=1)

    def hungry(*_: object) -> HttpResponse:
        return HttpResponse(200, "{" + " " * 2**21 + "}")

    monkeypatch.setattr(Callback, "answer", hungry)

    with pytest.raises(BrokenPromiseError, match="for an input of"):
        handler(SEED)


@pytest.mark.parametrize("target", TARGETS)
def test_one_input_can_be_repeated(tmp_path: Path, target: str) -> None:
    file = tmp_path / "input"
    file.write_bytes(seeds(target)[0])

    assert "Every promise held" in _fuzz("--target", target, "--again", str(file))


def _fuzz(*arguments: str) -> str:
    command = [sys.executable, "-m", "tests.fuzz", *arguments]
    return subprocess.run(command, cwd=HERE.parent, check=True, capture_output=True, text=True).stdout
