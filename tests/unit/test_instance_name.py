"""A Tablestore instance's name: what is refused, and the default that a second account does not have, too."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.cli import main
from rag_on_dingtalk.storage.instance_name import RESERVED, default_name, problem

APPS = st.from_regex(r"[a-z][a-z0-9-]{1,28}[a-z0-9]", fullmatch=True)
ACCOUNTS = st.from_regex(r"[0-9]{10,16}", fullmatch=True)


@given(APPS, ACCOUNTS, st.sampled_from([*RESERVED, ""]))
def test_the_default_fits_whatever_the_application_is_called(app: str, account: str, word: str) -> None:
    name = default_name(f"{word}{app}"[:30].rstrip("-"), account, "cn-hangzhou")

    assert problem(name) == ""
    # The rule again, in other words.
    assert re.fullmatch(r"[A-Za-z](?:[A-Za-z0-9-]{1,14})[A-Za-z0-9]", name)
    assert not re.search("ali|ay|ots|taobao|admin", name)


@given(APPS, ACCOUNTS, ACCOUNTS)
def test_the_default_is_the_same_every_time_and_another_in_another_account(
    app: str, one: str, two: str
) -> None:
    assert default_name(app, one, "cn-hangzhou") == default_name(app, one, "cn-hangzhou")
    assert (default_name(app, one, "cn-hangzhou") == default_name(app, two, "cn-hangzhou")) == (one == two)


def test_the_usual_application_keeps_its_name_in_front() -> None:
    assert re.fullmatch(r"rag-on-din-[0-9a-f]{5}", default_name("rag-on-dingtalk", "1", "cn-hangzhou"))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ab", "3 to 16"),
        ("a" * 17, "3 to 16"),
        ("1abc", "first a letter"),
        ("abc-", "no hyphen"),
        ("a_b", "letters, digits"),
        ("知识库", "letters, digits"),
        ("my-alibi", "ali"),
        ("Relay", "ay"),
        ("Robots", "ots"),
        ("taobao-x", "taobao"),
        ("Sysadmin", "admin"),
        ("", "3 to 16"),
    ],
)
def test_what_tablestore_refuses_is_refused_with_the_reason(name: str, told: str) -> None:
    assert told in problem(name)


@pytest.mark.parametrize("name", ["abc", "rag-on-dingtalk", "Local-Instance1", "a" * 16])
def test_what_fits_is_let_pass(name: str) -> None:
    assert problem(name) == ""


def test_tables_refuses_a_name_before_it_asks_the_network(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TABLESTORE_INSTANCE", "my-bots")

    assert main(["tables", "--create"]) == 1
    assert "contains ots" in capsys.readouterr().err
