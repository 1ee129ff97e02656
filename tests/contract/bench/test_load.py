"""The bench's own parts: the peer's program, the ratios, the curves."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.bench.load.curves import drawn
from tests.bench.load.measure import FLOOR, measure
from tests.bench.load.other_side import OtherSide
from tests.bench.load.report import peer
from tests.bench.regression import keep, regressions

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

#: What a peer has to be: it answers like any program, here with urllib and a thread an answer.
PEER = """
import json, os, threading, time, urllib.request
URL = os.environ["OTHER_SIDE"]
def call(method, path, body):
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), method=method)
    return urllib.request.urlopen(request)
def answer(name):
    call("POST", "/v1.0/card/instances/createAndDeliver", {"outTrackId": name}).read()
    text = ""
    question = {"messages": [{"role": "user", "content": name}]}
    for line in call("POST", "/v1/chat/completions", question):
        if line.startswith(b"data: {"):
            text += json.loads(line[6:])["choices"][0]["delta"]["content"]
    frame = {"outTrackId": name, "content": text, "isFinalize": True}
    call("PUT", "/v1.0/card/streaming", frame).read()
started = time.process_time()
threads = [threading.Thread(target=answer, args=(f"a{n}",)) for n in range(int(os.environ["ANSWERS"]))]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps({"cpu": time.process_time() - started, "wall": 1.0, "lag": [0.0], "peak_mb": 1.0}))
"""


async def test_a_peer_is_run_in_its_folder_and_measured_like_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bot.py").write_text(PEER, encoding="utf-8")
    (tmp_path / "bench_peer").write_text(f"{sys.executable} bot.py\n", encoding="utf-8")
    monkeypatch.setenv("PEER_DIR", str(tmp_path))

    (program,) = peer()
    side = OtherSide(seconds=0.2, pieces=10, api_seconds=0.0)
    load = await measure(program.command, 3, program.environ, side)

    assert program.name == f"peer: {tmp_path.name}"
    assert (load.answers, load.lost) == (3, 0)
    assert load.cpu_each > 0


async def test_the_floor_answers_every_question_whole() -> None:
    side = OtherSide(seconds=0.2, pieces=20, api_seconds=0.0)
    load = await measure(FLOOR, 2, {}, side)

    assert load.lost == 0
    assert all(one.frames >= 1 and one.final_frame >= one.last_piece for one in side.seen.values())


def test_without_a_folder_there_is_no_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PEER_DIR", raising=False)

    assert peer() == []


def test_a_ratio_that_has_grown_by_more_than_fifteen_per_cent_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ratios.json"
    keep({"a": 1.0, "b": 2.0, "gone": 1.0}, file)

    found = regressions({"a": 1.149, "b": 2.31, "new": 9.0}, file)

    assert found == ["b: 2.31 where 2.00 was kept"]


def test_without_kept_ratios_nothing_has_grown(tmp_path: Path) -> None:
    assert regressions({"a": 1.0}, tmp_path / "none.json") == []


def test_each_program_has_a_curve() -> None:
    picture = drawn({"floor": [(20, 10.0), (400, 12.0)], "ours & co": [(20, 12.0), (400, 18.0)]})

    assert picture.count("<polyline") == 2
    assert "ours &amp; co" in picture
