"""Prices as dated facts: `prices.json` beside this file, or a file of the same shape."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Annotated

import msgspec

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.strict import Count, Strict

if TYPE_CHECKING:
    from pathlib import Path


class Price(Strict, frozen=True, kw_only=True):
    """One price, and who says so.

    amount: of `currency` for `per` units; null: no page names it.
    currency: CNY or USD; CU and other units for the factors that prices are multiplied with.
    date: of the page, as exact as it is known, or of its reading.
    source: product and page.
    confirmed: false where pages disagree or an old page speaks alone.
    """

    amount: Annotated[float, msgspec.Meta(ge=0)] | None
    currency: str
    per: Count = 1
    unit: str
    date: str
    source: str
    confirmed: bool
    note: str = ""

    def of(self, quantity: float) -> float | None:
        """What `quantity` units come to; None when the price is not known."""
        return None if self.amount is None else self.amount * quantity / self.per


class Factor(Price, frozen=True, kw_only=True):
    """A price that must be known: what it is counted in, the rest is computed from."""

    amount: Annotated[float, msgspec.Meta(ge=0)]

    def of(self, quantity: float) -> float:
        """What `quantity` units come to."""
        return self.amount * quantity / self.per


class Tier(Strict, frozen=True, kw_only=True):
    """A price that holds up to `up_to_cu` CU of a month; null: from the tier before onwards."""

    up_to_cu: Count | None
    price: Factor


class FunctionComputePrices(Strict, frozen=True, kw_only=True):
    """CU per use, and CNY per CU."""

    tiers: Annotated[tuple[Tier, ...], msgspec.Meta(min_length=1)]
    invocation: Factor
    active_vcpu: Factor
    idle_vcpu: Factor
    memory: Factor
    disk: Factor
    free_disk: Factor


class TablestorePrices(Strict, frozen=True, kw_only=True):
    """Of a high-performance instance, on demand."""

    read: Price
    write: Price
    storage: Price


class LogPrices(Strict, frozen=True, kw_only=True):
    """Of Log Service."""

    ingest: Price


class Plan(Strict, frozen=True, kw_only=True):
    """A DingTalk plan: API calls and Webhook & Stream pushes a month."""

    name: str
    calls: Count
    pushes: Count
    price: Price


class DingTalkPrices(Strict, frozen=True, kw_only=True):
    """Plans, smallest first."""

    calls_per_second: Factor
    plans: Annotated[tuple[Plan, ...], msgspec.Meta(min_length=1)]


class Prices(Strict, frozen=True, kw_only=True):
    """A whole price file.

    date: when it was collected.
    """

    date: str
    function_compute: FunctionComputePrices
    tablestore: TablestorePrices
    logs: LogPrices
    dingtalk: DingTalkPrices


def load_prices(path: Path | None = None) -> Prices:
    """The prices that come with the package, or those of a file.

    Raises:
        ConfigurationError: the file cannot be read or is no price file.
    """
    try:
        text = files(__package__).joinpath("prices.json").read_bytes() if path is None else path.read_bytes()
        return msgspec.json.decode(text, type=Prices)
    except OSError as error:
        raise ConfigurationError(
            f"The price file {path} cannot be read: {error.strerror}. "
            "Leave --prices out to use the prices that come with the project."
        ) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path} is not a price file: {error}. Copy the package's cost/prices.json and change amounts."
        ) from error
