"""Function Compute's bill."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import yaml

from rag_on_dingtalk.cost import load_prices
from rag_on_dingtalk.cost.console import console_uses
from rag_on_dingtalk.cost.function_compute import (
    ANSWER,
    CALLBACK,
    CONSOLE,
    HOUSEKEEPING,
    Size,
    active_cu,
    cny,
    kept_cu,
    rounded_up,
)
from rag_on_dingtalk.errors import ConfigurationError

ROOT = Path(__file__).parents[3]
PRICES = load_prices().function_compute


@pytest.mark.parametrize(
    ("size", "overlap", "cu"),
    [
        (Size(vcpu=0.5, memory=512), 1, 11.5075),
        (Size(vcpu=0.05, memory=128), 1, 1.3825),
        (Size(vcpu=0.5, memory=512), 10, 1.1575),
        (Size(vcpu=0.5, memory=512), 1.5, 7.674),
    ],
)
def test_an_answer_of_twenty_seconds_costs_what_the_billing_page_works_out(
    size: Size, overlap: float, cu: float
) -> None:
    assert active_cu(PRICES, size, seconds=20 / overlap, invocations=1) == pytest.approx(cu, abs=5e-4)


def test_an_instance_that_is_kept_is_billed_for_memory_only() -> None:
    assert kept_cu(PRICES, Size(vcpu=0.5, memory=512), seconds=3_600) == pytest.approx(270)


def test_disk_beyond_the_free_one_is_billed() -> None:
    small, large = (Size(vcpu=0.5, memory=512, disk=disk) for disk in (512, 10_240))

    assert kept_cu(PRICES, large, seconds=1) - kept_cu(PRICES, small, seconds=1) == pytest.approx(9.5 * 0.05)


@pytest.mark.parametrize(
    ("cu", "expected"),
    [(0, 0), (1_000_000, 110), (200e6, 22_000), (300e6, 32_000), (1e9, 102_000), (2e9, 192_000)],
)
def test_each_tier_holds_for_the_cu_inside_it(cu: float, expected: float) -> None:
    assert cny(PRICES.tiers, cu) == pytest.approx(expected)


def test_every_hour_of_a_function_is_rounded_up() -> None:
    assert rounded_up(100.5, 10) == 110
    assert rounded_up(100, 10) == 100


@pytest.mark.parametrize(
    ("vcpu", "memory"),
    [(0, 512), (-1, 512), (float("nan"), 512), (17, 32_768), (0.5, 0), (0.5, 64), (0.5, 4_096), (0.5, 256)],
)
def test_an_instance_that_function_compute_does_not_offer_is_refused(vcpu: float, memory: int) -> None:
    with pytest.raises(ConfigurationError, match="Give"):
        Size(vcpu=vcpu, memory=memory)


@pytest.mark.parametrize(
    ("function", "size"), [("async_answer", ANSWER), ("callback", CALLBACK), ("housekeeping", HOUSEKEEPING)]
)
def test_the_sizes_are_those_that_are_deployed(function: str, size: Size) -> None:
    deployed = yaml.safe_load((ROOT / "infra/s.yaml").read_text(encoding="utf-8"))["resources"][function][
        "props"
    ]

    assert (deployed["cpu"], deployed["memorySize"], deployed["diskSize"]) == (
        size.vcpu,
        size.memory,
        size.disk,
    )


def test_the_size_of_the_console_is_the_one_that_is_deployed() -> None:
    text = (ROOT / "infra/answer_functions/console.yaml").read_text(encoding="utf-8")
    deployed = yaml.safe_load(text)["props"]

    assert (deployed["cpu"], deployed["memorySize"], deployed["diskSize"]) == (
        CONSOLE.vcpu,
        CONSOLE.memory,
        CONSOLE.disk,
    )


def test_a_console_that_sleeps_costs_nothing_and_an_hour_of_use_less_than_work_without_a_pause() -> None:
    asleep, used, most, run = console_uses(PRICES)

    assert (asleep.cu, asleep.cny) == (0, 0)
    # 60 s of an instance: vCPU, memory, and 120 invocations.
    assert used.cu == math.ceil(60 * (0.25 + 0.5 * 0.15) + 120 * 0.0075)
    assert 0 < used.cny < most.cny < 1
    # 200 s of an instance of async_answer, of two invocations.
    assert run.cu == math.ceil(200 * (0.5 + 0.5 * 0.15) + 2 * 0.0075)
