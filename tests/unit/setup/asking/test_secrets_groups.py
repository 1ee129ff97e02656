"""A secret goes to the functions that read it, on both roads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import yaml

from rag_on_dingtalk.settings.bots_file import load_bots
from rag_on_dingtalk.setup.asking.answers import Answers
from rag_on_dingtalk.setup.asking.secrets import Group, KnownSecret, find_secrets
from rag_on_dingtalk.setup.files import tfvars
from rag_on_dingtalk.setup.files.drafts import tfvars_draft
from tests.unit.setup.files.test_drafts import PLACE

ROOT = Path(__file__).parents[4]
ANSWERING = {"async_answer", "failed_answer", "housekeeping"}
READERS = {
    "dingtalk_secrets": {"callback", *ANSWERING},
    "callback_secrets": {"callback"},
    "backend_secrets": ANSWERING,
    "console_secrets": {"console"},
}
#: A secret that every function reads goes to the console, too.
BY_ALL = {"DINGTALK_CLIENT_SECRET"}
BOTS = """
console: {session_key: "env:CONSOLE_SESSION_KEY"}
bots:
  shop:
    dingtalk:
      corp_id: dingcorp
      client_id: dingexample0appkey01
      client_secret: env:DINGTALK_CLIENT_SECRET
      next_client_secret: env:DINGTALK_CLIENT_SECRET_NEXT
      card: {id: a.schema}
      card_callback: {route: shop, secret: "env:DINGTALK_CARD_SECRET"}
      events: {token: "env:DINGTALK_EVENT_TOKEN", aes_key: "env:DINGTALK_AES_KEY"}
    backend: {kind: dify, base_url: "https://kb.example.com/v1", api_key: "env:DIFY_API_KEY"}
"""


def found(folder: Path, text: str) -> list[KnownSecret]:
    (folder / "bots.yaml").write_text(text, encoding="utf-8")
    known = dict.fromkeys(re.findall(r"env:(\w+)", text), "x" * 43)
    return find_secrets(
        load_bots(folder / "bots.yaml"),
        Answers(flags={}, answers={}, known=known, person=None),
        lambda length: "y" * length,
    )


def test_each_secret_is_in_the_variable_of_the_functions_that_s_yaml_hands_it_to(tmp_path: Path) -> None:
    secrets = found(tmp_path, BOTS)
    resources = yaml.safe_load((ROOT / "infra" / "s.yaml").read_text(encoding="utf-8"))["resources"]
    console = yaml.safe_load((ROOT / "infra/answer_functions/console.yaml").read_text(encoding="utf-8"))
    resources["console"] = console
    given = {
        one.name: {key for key in resources if one.name in resources[key]["props"]["environmentVariables"]}
        for one in secrets
    }
    written = tfvars.read(tfvars_draft(tmp_path / "terraform.tfvars", None, PLACE, secrets).after)

    assert len(secrets) == 7
    assert given == {
        one.name: READERS[one.group] | ({"console"} if one.name in BY_ALL else set()) for one in secrets
    }
    assert {group: sorted(written[group]) for group in get_args(Group)} == {  # type: ignore[arg-type]
        group: sorted(one.name for one in secrets if one.group == group) for group in get_args(Group)
    }


def test_a_variable_that_serves_two_purposes_is_read_by_every_function(tmp_path: Path) -> None:
    secrets = found(tmp_path, BOTS.replace("env:DIFY_API_KEY", "env:DINGTALK_CARD_SECRET"))

    assert {one.group for one in secrets if one.name == "DINGTALK_CARD_SECRET"} == {"dingtalk_secrets"}
