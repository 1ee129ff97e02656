"""One value of `bots.yaml` changes; remarks, order and every other value stay."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.setup.files.bots_edit import with_value

FILE = """\
# Ours.
bots:
  handbook:                       # the first
    title: 员工手册
    dingtalk:
      client_id: ding1
      client_secret: env:DINGTALK_CLIENT_SECRET
      # robot_code: another
    backend: {kind: anythingllm, base_url: "https://kb", api_key: env:KEY, workspace: handbook}

  # A second one, later:
  # helpdesk:
"""

NAMES = st.from_regex(r"[a-z][a-z_0-9-]{0,6}", fullmatch=True)
SCALARS = st.one_of(
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn")), max_size=12),
    st.integers(),
    st.booleans(),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(NAMES, inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(NAMES, TREES, min_size=1, max_size=4)


@given(DOCUMENTS, st.sampled_from([True, False]), st.lists(NAMES, min_size=1, max_size=3), SCALARS)
def test_the_document_reads_as_before_but_for_the_one_value(
    document: dict[str, Any], flow: object, path: list[str], value: object
) -> None:
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, default_flow_style=bool(flow))
    try:
        made = with_value(text, tuple(path), value)
    except ConfigurationError:
        return
    wanted = copy.deepcopy(document)
    node: Any = wanted
    for name in path[:-1]:
        node = node.setdefault(name, {})
    node[path[-1]] = value

    assert yaml.safe_load(made) == wanted


@pytest.mark.parametrize(
    ("path", "value", "before", "after"),
    [
        (("bots", "handbook", "title"), "新手册", "title: 员工手册", "title: 新手册"),
        (("bots", "handbook", "backend", "workspace"), "hr", "workspace: handbook}", "workspace: hr}"),
        (("bots", "handbook", "backend", "mode"), "chat", "backend: {kind", "backend: {mode: chat, kind"),
        (
            ("bots", "handbook", "dingtalk", "corp_id"),
            "corp1",
            "SECRET\n      # robot",
            "SECRET\n      corp_id: corp1\n      # robot",
        ),
        (
            ("bots", "handbook", "dingtalk", "events", "token"),
            "env:T",
            "SECRET\n      # robot",
            "SECRET\n      events:\n        token: env:T\n      # robot",
        ),
    ],
)
def test_a_value_is_set_where_it_belongs(path: tuple[str, ...], value: str, before: str, after: str) -> None:
    assert with_value(FILE, path, value) == FILE.replace(before, after, 1)


def test_a_second_bot_comes_after_the_first_and_before_the_remarks() -> None:
    made = with_value(FILE, ("bots", "it"), {"title": "IT", "dingtalk": {"client_id": "d2"}})

    assert made == FILE.replace(
        "workspace: handbook}\n",
        "workspace: handbook}\n  it:\n    title: IT\n    dingtalk:\n      client_id: d2\n",
    )


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("bots: &all\n  a: {title: x}\nmore: *all\n", ("bots", "a", "title")),
        ("bots:\n  a:\n    title: |\n      long\n", ("bots", "a", "title")),
        ("bots:\n  a: text\n", ("bots", "a", "title")),
        ("bots:\n  - a\n", ("bots", "a")),
        ("bots: {a: [\n", ("bots", "a")),
        ("", ("bots", "a")),
    ],
)
def test_a_form_in_which_it_cannot_be_set_is_refused_with_what_to_write(
    text: str, path: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigurationError, match="by hand: 新"):
        with_value(text, path, "新")
