"""What a month costs. Pure: a load, dated prices and sizes in, an estimate out."""

from rag_on_dingtalk.cost.answers import Choices
from rag_on_dingtalk.cost.estimate import Estimate, estimate
from rag_on_dingtalk.cost.load import Load
from rag_on_dingtalk.cost.prices import Prices, load_prices
from rag_on_dingtalk.cost.report import report

__all__ = ["Choices", "Estimate", "Load", "Prices", "estimate", "load_prices", "report"]
