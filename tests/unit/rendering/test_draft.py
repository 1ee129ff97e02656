from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.backends.base import (
    Citations,
    Identifiers,
    NothingFound,
    Reasoning,
    Replacement,
    Text,
)
from rag_on_dingtalk.models.answer import Citation
from rag_on_dingtalk.rendering.draft import Draft


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="<◁[aA", exclude_categories=["Cs"]))))
def test_pieces_are_joined_in_order(pieces: list[str]) -> None:
    draft = Draft()
    for piece in pieces:
        draft.add(Text(piece))
    draft.finish()

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


def test_reasoning_in_marks_and_reasoning_on_its_own_are_kept_apart_from_the_answer() -> None:
    draft = Draft()
    changed = [
        draft.add(part)
        for part in (Reasoning("先想。"), Text("<thi"), Text("nk>再想。</think>"), Text("十天。"))
    ]

    assert (draft.text, draft.reasoning) == ("十天。", "先想。\n\n再想。")
    assert changed == [True, False, True, True]


def test_a_growing_answer_shows_its_reasoning_as_the_bot_wants() -> None:
    draft = Draft()
    shown = []
    for piece in ("<think>先查", "制度", "</think>", "十", "天。"):
        draft.add(Text(piece))
        shown.append([draft.shown(mode, label="思考") for mode in ("hidden", "folded", "shown")])

    assert [hidden for hidden, _, _ in shown] == ["", "", "", "十", "十天。"]
    assert shown[0][1:] == ["> **思考** 先查", "> **思考**\n>\n> 先查"]
    assert shown[-1][1:] == ["> **思考** 先查制度\n\n十天。", "> **思考**\n>\n> 先查制度\n\n十天。"]


def test_a_replacement_takes_the_place_of_the_marked_reasoning_too() -> None:
    draft = Draft("<think>甲</think>乙")
    draft.add(Replacement("<think>丙</think>丁"))
    draft.finish()

    assert (draft.text, draft.reasoning) == ("丁", "丙")


def test_what_was_taken_for_the_answer_may_turn_out_to_be_reasoning() -> None:
    draft = Draft()
    draft.add(Text("想一想"))
    draft.add(Text("</think>十天。"))

    assert (draft.text, draft.reasoning) == ("十天。", "想一想")


def test_an_answer_that_says_that_nothing_was_found_is_known_behind_its_reasoning() -> None:
    draft = Draft(no_answer=("没有找到",))
    draft.add(Text("<think>想</think>\n没有找到相关内容。"))
    draft.finish()

    assert draft.nothing_found


def test_a_stock_refusal_shows_nothing_while_it_grows() -> None:
    draft = Draft()
    draft.add(NothingFound(stock=True))
    draft.add(Text("There is no relevant information."))

    assert draft.shown("hidden", label="思考") == ""
