"""The price file."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.cost import load_prices
from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

OWN: dict[str, Any] = json.loads(files("rag_on_dingtalk.cost").joinpath("prices.json").read_bytes())


def every_price(node: object) -> list[dict[str, Any]]:
    if isinstance(node, dict):
        here = [node] if "amount" in node else []
        return here + [price for value in node.values() for price in every_price(value)]
    return [price for value in node for price in every_price(value)] if isinstance(node, list) else []


def test_every_price_names_its_date_and_its_source() -> None:
    prices = every_price(OWN)

    assert len(prices) > 10
    for price in prices:
        assert re.fullmatch(r"20\d\d(-\d\d(-\d\d)?)?", price["date"])
        assert re.match(r"(Function Compute|Tablestore|Log Service|DingTalk): .", price["source"])


def test_a_price_that_no_page_names_is_no_number_and_not_confirmed() -> None:
    assert load_prices().tablestore.write.of(1_000_000) is None
    assert load_prices().tablestore.read.of(1_000_000) == pytest.approx(1.0)
    assert [
        price["unit"]
        for price in every_price(OWN)
        if price["amount"] is None and price["confirmed"] and price["unit"] != "month"
    ] == []


def test_a_file_of_ones_own_is_used(tmp_path: Path) -> None:
    own = json.loads(json.dumps(OWN))
    own["tablestore"]["write"]["amount"] = 0.02
    (tmp_path / "prices.json").write_text(json.dumps(own), encoding="utf-8")

    assert load_prices(tmp_path / "prices.json").tablestore.write.of(10_000) == 0.02


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda prices: prices.pop("date"), "date"),
        (lambda prices: prices["tablestore"]["read"].update(amount=-1), "amount"),
        (lambda prices: prices["tablestore"]["read"].update(amuont=1), "amuont"),
        (lambda prices: prices["function_compute"]["memory"].update(amount=None), "memory"),
        (lambda prices: prices["function_compute"].update(tiers=[]), "tiers"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, change: Any, told: str) -> None:
    own = json.loads(json.dumps(OWN))
    change(own)
    (tmp_path / "prices.json").write_text(json.dumps(own), encoding="utf-8")

    with pytest.raises(ConfigurationError, match=told):
        load_prices(tmp_path / "prices.json")


@pytest.mark.parametrize("content", [b"", b"prices: yes", b"\xff\xfe", b"[]"])
def test_what_is_no_price_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "prices.json").write_bytes(content)

    with pytest.raises(ConfigurationError, match="not a price file"):
        load_prices(tmp_path / "prices.json")


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.json cannot be read"):
        load_prices(tmp_path / "nowhere.json")
