from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.backends.history import tokens, window
from rag_on_dingtalk.models.answer import Exchange

_HISTORY = st.lists(st.builds(Exchange, st.text(max_size=30), st.text(max_size=30)), max_size=8)


def test_a_chinese_character_counts_for_four_letters() -> None:
    assert tokens("补卡三次") == 4
    assert tokens("four") == tokens("s") == 1
    assert tokens("five five") == 3
    assert tokens("补卡 ok") == 3
    assert tokens("") == 0


def test_the_newest_exchanges_are_kept_in_order() -> None:
    history = [Exchange(f"问{n}", f"答{n}") for n in range(9)]

    assert window(history, exchanges=3, limit=1000) == history[-3:]
    assert window(history, exchanges=0, limit=1000) == []


def test_an_exchange_that_is_too_long_ends_the_window() -> None:
    history = [Exchange("短", "短"), Exchange("长" * 50, ""), Exchange("问", "答")]

    assert window(history, exchanges=8, limit=20) == history[-1:]


@given(
    history=_HISTORY,
    exchanges=st.integers(min_value=0, max_value=10),
    limit=st.integers(min_value=1, max_value=80),
)
def test_a_window_is_the_longest_end_that_fits(history: list[Exchange], exchanges: int, limit: int) -> None:
    kept = window(history, exchanges=exchanges, limit=limit)

    def cost(part: list[Exchange]) -> int:
        return sum(tokens(one.question) + tokens(one.answer) for one in part)

    assert kept == history[len(history) - len(kept) :]
    assert len(kept) <= exchanges
    assert cost(kept) <= limit
    if len(kept) < min(exchanges, len(history)):
        assert cost(history[len(history) - len(kept) - 1 :]) > limit
