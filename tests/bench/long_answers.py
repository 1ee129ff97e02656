"""What reading and writing an answer costs the event loop, against its length and what it is made of."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

from rag_on_dingtalk.rendering.draft import Draft
from rag_on_dingtalk.rendering.markdown import for_card, for_message
from rag_on_dingtalk.rendering.prepared import prepare
from rag_on_dingtalk.rendering.render import preview, render
from rag_on_dingtalk.resilience.off_loop import off_loop
from rag_on_dingtalk.texts import Texts
from tests.bench.table import print_table

if TYPE_CHECKING:
    from collections.abc import Callable

ZH = Texts("zh")
PARAGRAPH = (
    "费用按**实际发生**的金额报销，详见[制度](https://kb.example/a)。It is `pip install`.\n\n- 甲\n- 乙\n\n"
)
MEGABYTES = 8_000_000
ANSWERS = {
    "prose": ("", PARAGRAPH),
    "one line": ("", "字"),
    "short lines": ("", "a\n"),
    "a table": ("|a|b|\n|-|-|\n", "|x|y|\n"),
    "code": ("```\n", "x = 1\n"),
    "a picture of base64": ("![](data:image/png;base64,", "A" * 76 + "\n"),
    "brackets": ("", "["),
    "links": ("", "[a](https://kb.example) "),
    "asterisks": ("", "**a"),
    "backticks": ("", "`a``b"),
    "tags": ("", "<b>"),
    "dollars": ("", "$a"),
    "HTML tables": ("", "<table><tr><td>a</table>\n"),
    "definitions": ("", "[a]: https://kb.example\n"),
}
#: Of as many runs the best: the others were interrupted by something else.
RUNS = 5


def report() -> None:
    print_table(
        f"A long answer: ms of CPU, best of {RUNS}",
        ("characters of prose", "as a card", "as messages", "a frame", "read and rendered"),
        [_lengths(length) for length in (1_000, 10_000, 100_000, 1_000_000, MEGABYTES)],
    )
    print_table(
        f"An answer of {MEGABYTES // 1_000_000} million characters: ms of CPU, best of {RUNS}",
        ("made of", "a frame", "reading", "rendering", "longest wait of a bystander, wall"),
        [_lag(name) for name in ANSWERS],
    )


def _lengths(length: int) -> tuple[str, ...]:
    text = _text("prose", length)
    # Nothing but an answer is read without a bound, and an answer has one.
    whole = [for_card, for_message] if length <= 100_000 else []
    times = [_best(partial(work, text)) for work in whole]
    times += [_best(lambda: preview(text)), _best(lambda: render(Draft(text=text), None, ZH))]
    return (f"{length:_}".replace("_", " "), *["–"] * (4 - len(times)), *(f"{ms:.1f}" for ms in times))


def _best(work: Callable[[], object]) -> float:
    return min(_cpu(work) for _ in range(RUNS))


def _cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def _lag(name: str) -> tuple[str, ...]:
    text = _text(name, MEGABYTES)
    draft = Draft(text=text)
    prepared = prepare(draft, ZH)
    works = (
        lambda: preview(text),
        lambda: prepare(draft, ZH),
        lambda: render(draft, None, ZH, prepared=prepared),
    )
    # A frame is made on the loop; an answer as long as this is read and rendered beside it.
    sizes = (0, draft.size, draft.size)
    waited = max(
        min(asyncio.run(_longest_wait(work, size)) for _ in range(RUNS))
        for work, size in zip(works, sizes, strict=True)
    )
    return (name, *(f"{_best(work):.0f}" for work in works), f"{waited:.0f}")


async def _longest_wait(work: Callable[[], object], size: int) -> float:
    """How much later than asked for another task runs, while the work is done."""
    longest = 0.0
    done = asyncio.Event()

    async def _bystander() -> None:
        nonlocal longest
        last = time.perf_counter()
        while not done.is_set():
            await asyncio.sleep(0)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now

    bystander = asyncio.ensure_future(_bystander())
    await asyncio.sleep(0)
    await off_loop(work, size=size)
    await asyncio.sleep(0)
    done.set()
    await bystander
    return longest * 1000


def _text(name: str, length: int) -> str:
    beginning, piece = ANSWERS[name]
    return beginning + piece * (length // len(piece) + 1)
