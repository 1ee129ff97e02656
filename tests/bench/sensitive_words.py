"""Looking for sensitive words: in a whole text, and in an answer that grows."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from rag_on_dingtalk.safety.words.growing_text import GrowingText
from rag_on_dingtalk.safety.words.word_filter import WordFilter
from rag_on_dingtalk.safety.words.word_rule import WordRule
from tests.bench.table import print_table

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = (100, 1_000, 10_000)
CHARACTERS = 2_000
#: Of an answer, as models send it.
PIECE = 4
RUNS = 20
#: Han characters by rank; with Zipf's law a few of them make up most of a text, and of the words.
_ALPHABET = [chr(0x4E00 + rank) for rank in range(3_000)]
_WEIGHTS = [1 / (rank + 1) for rank in range(3_000)]


def report() -> None:
    print_table(
        f"Sensitive words over {CHARACTERS} characters with Zipf's distribution: ms of CPU, median of {RUNS}",
        ("words", "index built", "a whole text", f"an answer in pieces of {PIECE}, all of them together"),
        [_row(count) for count in WORDS],
    )


def _row(count: int) -> tuple[str, ...]:
    drawn = random.Random(count)  # noqa: S311 - the same words each time
    rules = [WordRule(_text(drawn, drawn.randint(2, 6)), "mask", f"w:{at}") for at in range(count)]
    text = _text(drawn, CHARACTERS)
    built = WordFilter(rules)

    def _grow() -> None:
        growing = GrowingText(built.index)
        for end in range(PIECE, len(text) + 1, PIECE):
            growing.take(text[:end])

    times = (_median(lambda: WordFilter(rules)), _median(lambda: built.check(text)), _median(_grow))
    return (f"{count:_}".replace("_", " "), *(f"{ms:.2f}" for ms in times))


def _text(drawn: random.Random, length: int) -> str:
    return "".join(drawn.choices(_ALPHABET, _WEIGHTS, k=length))


def _median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        began = time.process_time()
        work()
        times.append((time.process_time() - began) * 1000)
    return sorted(times)[RUNS // 2]
