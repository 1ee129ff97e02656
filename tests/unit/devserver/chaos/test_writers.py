"""Two writers at once are told from two writers one after the other."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devserver.chaos.books.evidence import SentFrame, Worked
from devserver.chaos.books.writers import stretches, went_on_beside


def frames(writers: str, *, start: float = 1.0) -> list[SentFrame]:
    """One frame a second, each from the instance of that letter."""
    return [SentFrame("t1", instance, start + second) for second, instance in enumerate(writers)]


def worked(instance: str, began: float, ended: float) -> Worked:
    return Worked("t1", instance, began, ended)


def test_frames_of_one_instance_in_a_row_are_one_stretch() -> None:
    assert [(one.instance, one.frames) for one in stretches(frames("aabba"))] == [
        ("a", 2),
        ("b", 2),
        ("a", 1),
    ]


@pytest.mark.parametrize("writers", ["a", "aaa", "ab", "aabbcc"])
def test_one_after_the_other_is_in_order(writers: str) -> None:
    assert not went_on_beside(frames(writers), [worked(one, 0, 99) for one in set(writers)])


def test_who_goes_on_after_another_one_began_is_named() -> None:
    work = [worked("a", 0, 99), worked("b", 2, 99)]

    expected = "instance a wrote again after another one had: a (2) → b (2) → a (1)"
    assert went_on_beside(frames("aabba"), work) == expected


def test_a_retry_that_comes_back_to_the_first_instance_is_a_writer_of_its_own() -> None:
    work = [worked("a", 0, 2), worked("b", 2.5, 4), worked("a", 4.5, 9)]

    assert not went_on_beside(frames("aabba"), work)


def test_a_retry_that_began_later_does_not_excuse_an_earlier_frame() -> None:
    work = [worked("a", 0, 99), worked("b", 2, 99), worked("a", 6, 99)]

    assert went_on_beside(frames("aabba"), work)


def test_a_waiting_second_delivery_on_the_same_instance_may_have_taken_over() -> None:
    work = [worked("a", 0, 3), worked("a", 0.5, 99), worked("b", 2, 99)]

    assert not went_on_beside(frames("aabba"), work)


def test_an_invocation_that_was_over_wrote_nothing() -> None:
    work = [worked("a", 0, 99), worked("a", 0, 0.5), worked("b", 2, 99)]

    assert went_on_beside(frames("aabba", start=10.0), work)


def test_a_frame_may_arrive_just_after_its_invocation_was_killed() -> None:
    work = [worked("a", 0, 1.9), worked("b", 2.5, 4), worked("a", 4.5, 4.9)]

    assert not went_on_beside(frames("aabba"), work)


@given(st.lists(st.sampled_from("abc"), max_size=9))
def test_as_many_invocations_as_stretches_always_explain_them_and_one_fewer_never_does(
    writers: list[str],
) -> None:
    sent = frames("".join(writers))
    enough = [worked(one.instance, one.first, one.last) for one in stretches(sent)]
    again = [one for one in enough if sum(other.instance == one.instance for other in enough) > 1]

    assert not went_on_beside(sent, enough)
    for one in again:
        assert went_on_beside(sent, [other for other in enough if other is not one])


def test_what_still_runs_has_no_end() -> None:
    assert not went_on_beside(frames("ab"), [worked("a", 0, math.inf), worked("b", 0, math.inf)])
