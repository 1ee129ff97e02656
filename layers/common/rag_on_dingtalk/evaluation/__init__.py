"""Golden questions: what a route must answer, asked of its real backend. `evaluate(questions, asker)`."""

from rag_on_dingtalk.evaluation.asking import Answer, BackendAsker
from rag_on_dingtalk.evaluation.golden import GoldenQuestion, load_golden, read_golden
from rag_on_dingtalk.evaluation.running import Asker, Result, evaluate

__all__ = [
    "Answer",
    "Asker",
    "BackendAsker",
    "GoldenQuestion",
    "Result",
    "evaluate",
    "load_golden",
    "read_golden",
]
