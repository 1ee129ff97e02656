"""`${…}` in s.yaml."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.function_compute.description.expressions import SYamlError, resolve

NAMES = st.from_regex(r"[A-Z][A-Z0-9_]{0,20}", fullmatch=True)
TEXT = st.text(st.characters(exclude_characters="'\n", exclude_categories=["C", "Z"]))


def value(text: str, env: dict[str, str] | None = None, **document: Any) -> Any:
    """What `text` becomes as a property of resource r."""
    whole = {**document, "resources": {"r": {"props": {"x": text, "n": 512}}}}
    return resolve(whole, env or {}, account_id="123")["resources"]["r"]["props"]["x"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${env('SET')}", "yes"),
        ('${env("SET")}', "yes"),
        ("${env('SET', 'no')}", "yes"),
        ("${env('UNSET', 'no')}", "no"),
        ("${env('UNSET', '')}", ""),
        # `s` takes an empty variable for an unset one.
        ("${env('EMPTY', 'default')}", "default"),
        ("${env('UNSET', 512)}", 512),
        ("${env('UNSET', 1.5)}", 1.5),
        ("${env('UNSET', true)}", True),
        ("${env('SET') == 'yes' ? 'b' : 'c'}", "b"),
        ("${env('UNSET', 'no') == 'yes' ? 'b' : 'c'}", "c"),
        ("a-${env('UNSET', 'no')=='no'?'b':''}", "a-b"),
        ("${json(env('UNSET', '20'))}", 20),
        ("${json(env('NUMBER', '20'))}", 30),
        ("${config('AccountID')}", "123"),
        ("${vars.name}-${vars.number}", "bot-7"),
        ("${vars.number}", 7),
        ("${vars.nested.deep}", "yes"),
        ("${vars.list}", ["a", "yes"]),
        ("${resources.r.props.n}", 512),
        ("${this.props.n}", 512),
        ("$SET {SET} no expression", "$SET {SET} no expression"),
    ],
)
def test_an_expression_becomes_its_value(text: str, expected: Any) -> None:
    variables = {
        "name": "bot",
        "number": 7,
        "nested": {"deep": "${env('SET')}"},
        "list": ["a", "${env('SET')}"],
    }

    assert value(text, {"SET": "yes", "EMPTY": "", "NUMBER": "30"}, vars=variables) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("${env('UNSET')}", "the environment variable UNSET is not set and has no default"),
        ("${env('EMPTY')}", "the environment variable EMPTY is not set"),
        ("${env('UNSET', bare)}", "the default bare of UNSET is not a plain value"),
        ("${env('UNSET') == 'a' ? 'b' : 'c'}", "the environment variable UNSET is not set"),
        ("${env('SET') == 'a' ? vars.name : 'c'}", "is not understood"),
        ("${env(UNSET) == 'a' ? 'b' : 'c'}", "is not understood"),
        ("${env(UNSET, 'x')}", "${env(UNSET, 'x')} is not understood"),
        ("${secret('X')}", "${secret('X')} is not understood"),
        ("${resources.r.output.url}", "${resources.r.output.url} is not understood"),
        ("${vars.nothing}", "${vars.nothing} does not exist"),
        ("${vars.name.first}", "${vars.name.first} does not exist"),
        ("${vars.loop}", "leads back to itself"),
        ("a ${vars.list}", "${vars.list} is a list inside a longer text"),
        ("${json(env('SET', '1'))}", "which is no JSON"),
        ("${env('SET'", "is not understood"),
    ],
)
def test_what_cannot_be_resolved_is_named_with_its_place(text: str, complaint: str) -> None:
    with pytest.raises(SYamlError) as refused:
        value(text, {"SET": "yes", "EMPTY": ""}, vars={"name": "bot", "loop": "${vars.loop}", "list": []})

    assert "s.yaml, resources.r.props.x: " in str(refused.value) or "s.yaml, vars.loop: " in str(
        refused.value
    )
    assert complaint in str(refused.value)


def test_all_missing_variables_are_told_at_once() -> None:
    with pytest.raises(SYamlError) as refused:
        resolve({"vars": {"a": "${env('ONE')}", "b": ["${env('TWO')}"]}}, {}, account_id="1")

    first, second = str(refused.value).splitlines()
    assert first.startswith("s.yaml, vars.a: the environment variable ONE")
    assert second.startswith("s.yaml, vars.b.0: the environment variable TWO")


@given(NAMES, st.text(min_size=1))
def test_what_a_variable_holds_is_taken_literally(name: str, held: str) -> None:
    assert value(f"${{env('{name}')}}", {name: held}) == held
    assert value(f"<${{env('{name}', 'x')}}>", {name: held}) == f"<{held}>"


@given(NAMES, TEXT.filter(lambda text: "}" not in text))
def test_a_quoted_default_is_taken_literally(name: str, default: str) -> None:
    assert value(f"${{env('{name}', '{default}')}}") == default


@given(st.text())
def test_any_text_is_resolved_or_refused(text: str) -> None:
    try:
        resolved = value(text)
    except SYamlError:
        assert "${" in text
    else:
        assert resolved == text or "${" in text
