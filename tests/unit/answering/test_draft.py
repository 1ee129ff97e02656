from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.answering.draft import Draft
from rag_on_dingtalk.backends.base import Citations, Identifiers, NothingFound, Replacement, Text
from rag_on_dingtalk.model import Citation


@given(st.lists(st.text()))
def test_pieces_are_joined_in_order(pieces: list[str]) -> None:
    draft = Draft()
    for piece in pieces:
        draft.add(Text(piece))

    assert "".join(pieces) == draft.text


def test_a_replacement_takes_the_place_of_everything_before() -> None:
    draft = Draft()

    assert [draft.add(part) for part in (Text("ab"), Replacement("X"), Replacement("X"), Text("y"))] == [
        True,
        True,
        False,
        True,
    ]
    assert draft.text == "Xy"


def test_an_empty_piece_changes_nothing() -> None:
    assert not Draft().add(Text(""))


def test_an_empty_list_of_sources_does_not_erase_an_earlier_one() -> None:
    draft = Draft()
    draft.add(Citations((Citation("差旅报销标准"),)))
    draft.add(Citations(()))

    assert (Citation("差旅报销标准"),) == draft.citations


def test_identifiers_are_collected_as_they_come() -> None:
    draft = Draft()
    draft.add(Identifiers(conversation_id="c", task_id="t"))
    draft.add(Identifiers(message_id="m"))

    assert (draft.conversation_id, draft.message_id) == ("c", "m")


def test_a_refusal_is_remembered() -> None:
    draft = Draft()
    draft.add(NothingFound(stock=True))

    assert (draft.nothing_found, draft.stock_refusal) == (True, True)
