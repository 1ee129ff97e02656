"""Nested payloads as no documentation describes them, and the words that stand in them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

#: Words that people write, none of which looks like JSON, a flag or an encrypted id.
WORDS = st.text(
    st.characters(categories=("Lu", "Ll", "Lo", "Nd"), include_characters=" ，。？!-:"),
    min_size=1,
    max_size=12,
).map(lambda text: "字" + text.strip())

#: Keys that name something to read, as far as their last word tells.
KEYS = st.sampled_from(
    ["text", "content", "value", "title", "summary", "desc", "body", "label", "msg", "文字", "lines", "name"]
) | st.text(st.characters(categories=["Lo"]), min_size=1, max_size=4)
TECHNICAL = st.fixed_dictionaries(
    {}, optional={"msgId": st.just("m1=="), "createdAt": st.integers(), "isDone": st.booleans()}
)


def payloads() -> st.SearchStrategy[tuple[Any, list[str]]]:
    """A payload, and every word in it."""
    leaf = WORDS.map(lambda text: (text, [text]))
    return st.recursive(leaf, _around, max_leaves=8)


def _around(inner: st.SearchStrategy[tuple[Any, list[str]]]) -> st.SearchStrategy[tuple[Any, list[str]]]:
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(_list),
        st.tuples(st.dictionaries(KEYS, inner, min_size=1, max_size=3), TECHNICAL).map(_object),
        # As some clients send it: the same as JSON in a string.
        st.dictionaries(KEYS, inner, min_size=1, max_size=2).map(
            lambda parts: _as_string(_object((parts, {})))
        ),
    )


def _list(parts: list[tuple[Any, list[str]]]) -> tuple[Any, list[str]]:
    return [value for value, _ in parts], [word for _, words in parts for word in words]


def _object(given: tuple[dict[str, tuple[Any, list[str]]], dict[str, Any]]) -> tuple[Any, list[str]]:
    parts, technical = given
    value = {**technical, **{key: value for key, (value, _) in parts.items()}}
    return value, [word for _, words in parts.values() for word in words]


def _as_string(payload: tuple[Any, list[str]]) -> tuple[Any, list[str]]:
    value, words = payload
    return json.dumps(value, ensure_ascii=False), words
