"""`.env` keeps what setup does not know, and a shell reads what setup wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.setup.files.change import SHOWN
from rag_on_dingtalk.setup.files.env_file import changed, read, write

NAMES = st.from_regex(r"[A-Z][A-Z0-9_]{0,12}", fullmatch=True)
VALUES = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)
#: What may stand between the values.
OTHERS = st.sampled_from(["", "# a remark = 1", "  # another", "echo nothing", "export"])


def fits(value: str) -> bool:
    try:
        write("X", value)
    except ConfigurationError:
        return False
    return True


FITTING = VALUES.filter(fits)


@given(
    st.dictionaries(NAMES, FITTING, max_size=5), st.dictionaries(NAMES, FITTING, max_size=5), st.lists(OTHERS)
)
def test_other_values_and_other_lines_stay(
    before: dict[str, str], wanted: dict[str, str], others: list[str]
) -> None:
    text = "\n".join([*others, *(f"{name}={write(name, value)}" for name, value in before.items())])
    made, changes = changed(text, wanted)

    assert read(made) == {**before, **wanted}
    assert [line for line in made.split("\n") if line in others and line] == [line for line in others if line]
    assert {change.name for change in changes} == {
        name for name, value in wanted.items() if before.get(name) != value
    }
    # The second time nothing is left to do.
    assert changed(made, wanted) == (made, [])


@given(VALUES)
def test_every_value_is_written_so_that_it_is_read_back_or_refused(value: str) -> None:
    try:
        written = write("X", value)
    except ConfigurationError:
        assert "'" in value
        return
    assert read(f"X={written}") == {"X": value}


@pytest.mark.parametrize("line", ["X=$HOME", "X=a b", "X='a'b", 'X="a$b"', "X=`id`", "X=a;b", 'X="a\\nb"'])
def test_a_form_that_readers_take_differently_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(ConfigurationError, match=r"Line 2 of \.env gives X"):
        read(f"# first\n{line}")


@pytest.mark.parametrize("value", ["a\nb", 'it\'s "so"', "a'$b"])
def test_what_has_no_common_form_is_refused_with_a_way_out(value: str) -> None:
    with pytest.raises(ConfigurationError, match="file:/path"):
        write("X", value)


def test_the_last_of_two_lines_is_the_one_that_counts_and_changes() -> None:
    made, changes = changed("A=1\nA=2\n", {"A": "3"})

    assert made == "A=1\nA=3\n"
    assert [str(change) for change in changes] == ["~ A: … → …"]


def test_an_unwanted_name_goes_and_is_named() -> None:
    made, changes = changed(
        "FC_REGION=cn-beijing\n# keep\nX=1", {"DEPLOY_REGION": "cn-beijing"}, ["FC_REGION", "NO"]
    )

    assert made == "# keep\nX=1\nDEPLOY_REGION=cn-beijing\n"
    assert [str(change) for change in changes] == ["+ DEPLOY_REGION=cn-beijing", "- FC_REGION=cn-beijing"]


@given(NAMES.filter(lambda name: name not in ("A", *SHOWN)))
def test_a_value_is_shown_only_where_it_is_known_to_be_no_secret(name: str) -> None:
    shown = {"TABLESTORE_INSTANCE": "rag-1", "CALLBACK_INSTANCES": "20"}
    _, changes = changed("", {name: "visible-value", **shown})
    said = "\n".join(map(str, changes))

    assert "rag-1" in said
    assert "CALLBACK_INSTANCES=20" in said
    assert ("visible-value" in said) == (name in ("TABLESTORE_INSTANCE", "DEPLOY_REGION"))
