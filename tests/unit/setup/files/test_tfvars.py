"""`terraform.tfvars` keeps what setup does not know."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.setup.files.tfvars import changed, quoted, read

NAMES = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20).filter(
    lambda text: "/*" not in text and "<<" not in text
)
VALUES = st.one_of(TEXTS, st.integers(0, 9_999), st.dictionaries(NAMES, TEXTS, min_size=1, max_size=3))

FILE = """\
# What this environment is.
region = "cn-beijing" # not Hangzhou
network = { zone = "cn-beijing-i" }
tags = {
  team = "it"
  cost = local.cost
}

dingtalk_secrets = {
  # the app's
  DINGTALK_CLIENT_SECRET = "old"
}
"""


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_what_was_set_is_read_back_and_nothing_is_left_to_do(
    wanted: dict[str, str | int | dict[str, str]],
) -> None:
    made, changes = changed("# a remark\n", wanted)

    assert read(made) == wanted
    assert made.startswith("# a remark\n")
    assert bool(changes) == bool(wanted)
    assert changed(made, wanted) == (made, [])


def test_values_change_in_their_place_and_the_rest_stays() -> None:
    made, changes = changed(
        FILE,
        {
            "region": "cn-shanghai",
            "name": "kb",
            "dingtalk_secrets": {"DINGTALK_CLIENT_SECRET": "new", "DINGTALK_CARD_SECRET": "another"},
            "backend_secrets": {"DIFY_API_KEY": "key"},
        },
    )

    assert (
        made
        == FILE.replace('"cn-beijing" # not', '"cn-shanghai" # not').replace(
            '  DINGTALK_CLIENT_SECRET = "old"\n',
            '  DINGTALK_CLIENT_SECRET = "new"\n  DINGTALK_CARD_SECRET = "another"\n',
        )
        + 'name = "kb"\n\nbackend_secrets = {\n  DIFY_API_KEY = "key"\n}\n'
    )
    assert [str(change) for change in changes] == [
        "~ region: cn-beijing → cn-shanghai",
        "+ name=kb",
        "~ dingtalk_secrets.DINGTALK_CLIENT_SECRET: … → …",
        "+ dingtalk_secrets.DINGTALK_CARD_SECRET=…",
        "+ backend_secrets.DIFY_API_KEY=…",
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (FILE, {"tags": {"owner": "me"}}),
        (FILE, {"network": "x"}),
        ("region = var.other\n", {"region": "cn-beijing"}),
        ('secrets = { A = "1" }\n', {"secrets": {"A": "2"}}),
        ('secrets = {\n  A = "1"\n', {"secrets": {"A": "2"}}),
        ('/* region = "x" */\n', {"region": "cn-beijing"}),
        ('text = <<EOT\nregion = "x"\nEOT\n', {"region": "cn-beijing"}),
    ],
)
def test_a_form_that_is_not_understood_is_left_alone_and_named(
    text: str, wanted: dict[str, str | dict[str, str]]
) -> None:
    with pytest.raises(ConfigurationError, match=r"terraform\.tfvars"):
        changed(text, wanted)


def test_a_template_in_a_secret_is_no_template_for_terraform() -> None:
    assert quoted('a${b}%{c}"\\') == '"a$${b}%%{c}\\"\\\\"'
