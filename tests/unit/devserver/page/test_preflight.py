from __future__ import annotations

import msgspec
import pytest

from devserver.preflight import check_apps, check_passed_on, check_secrets
from emulators.function_compute.description.s_yaml import Function
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.bot import Bot, Bots
from rag_on_dingtalk.settings.sections.backends import AnythingLLM
from rag_on_dingtalk.settings.sections.dingtalk import DingTalkApp

BOTS = Bots(
    bots={
        "handbook": Bot(
            dingtalk=DingTalkApp(client_id="dingapp1", client_secret="env:SECRET"),
            backend=AnythingLLM(base_url="https://kb.example.com", api_key="env:KEY", workspace="handbook"),
        )
    }
)


def function(name: str, *passed_on: str) -> Function:
    return Function(
        name=name,
        region="cn-hangzhou",
        runtime="python3.12",
        code=".",
        environment_variables=dict.fromkeys(passed_on, ""),
    )


def test_everything_there_is_fine() -> None:
    check_secrets(BOTS, {"SECRET": "s", "KEY": "k"})
    functions = [function("callback", "SECRET"), function("answer", "SECRET", "KEY")]
    check_passed_on(BOTS, functions, callback="callback")


@pytest.mark.parametrize(
    ("missing", "where"), [("SECRET", "dingtalk.client_secret"), ("KEY", "backend.api_key")]
)
def test_a_missing_secret_is_named_with_its_place(missing: str, where: str) -> None:
    environ = {"SECRET": "s", "KEY": "k", missing: ""}

    with pytest.raises(ConfigurationError, match=f"bots.handbook.{where}.* {missing} "):
        check_secrets(BOTS, environ)


@pytest.mark.parametrize(
    ("callback", "answer", "sentence"),
    [
        ([], ["SECRET", "KEY"], "SECRET on to callback"),
        (["SECRET"], ["KEY"], "SECRET on to answer"),
        (["SECRET"], ["SECRET"], "KEY on to answer"),
    ],
)
def test_a_variable_that_s_yaml_forgets_is_named_with_what_to_add(
    callback: list[str], answer: list[str], sentence: str
) -> None:
    functions = [function("callback", *callback), function("answer", *answer)]

    with pytest.raises(ConfigurationError, match=f"{sentence}.*Add `"):
        check_passed_on(BOTS, functions, callback="callback")


def with_path_secret() -> Bots:
    bot = BOTS.bots["handbook"]
    app = msgspec.structs.replace(bot.dingtalk, path_secret="env:PATH_SECRET")
    return Bots(bots={"handbook": msgspec.structs.replace(bot, dingtalk=app)})


def test_a_path_secret_that_no_address_can_end_with_is_refused_before_the_start() -> None:
    with pytest.raises(ConfigurationError, match=r"bots\.handbook\.dingtalk\.path_secret.*16 characters"):
        check_secrets(with_path_secret(), {"SECRET": "s", "KEY": "k", "PATH_SECRET": "short"})


def test_what_only_dingtalk_s_door_needs_is_passed_on_to_the_callback_alone() -> None:
    answer = function("answer", "SECRET", "KEY")

    check_passed_on(
        with_path_secret(), [function("callback", "SECRET", "PATH_SECRET"), answer], callback="callback"
    )
    with pytest.raises(ConfigurationError, match="PATH_SECRET on to callback"):
        check_passed_on(with_path_secret(), [function("callback", "SECRET"), answer], callback="callback")


def test_two_bots_of_one_app_are_refused_with_both_names() -> None:
    bot = BOTS.bots["handbook"]

    with pytest.raises(ConfigurationError, match=r"bots\.handbook and bots\.travel .*one address"):
        check_apps(Bots(bots={"handbook": bot, "travel": bot}))


def in_kms() -> Bots:
    bot = BOTS.bots["handbook"]
    app = msgspec.structs.replace(bot.dingtalk, client_secret="kms:bot/secret", path_secret="kms:bot/path")
    return Bots(bots={"handbook": msgspec.structs.replace(bot, dingtalk=app)})


def test_secrets_of_the_local_kms_are_checked_without_asking_it() -> None:
    check_secrets(in_kms(), {"KEY": "k"}, {"bot/secret": "s", "bot/path": "0123456789abcdef"})


@pytest.mark.parametrize(
    ("secrets", "sentence"),
    [
        ({}, "client_secret.*The local KMS holds no secret bot/secret.*--kms FILE"),
        ({"bot/secret": " "}, "client_secret.*The local KMS holds no secret bot/secret"),
        ({"bot/secret": "s", "bot/path": "short"}, "path_secret.*16 characters"),
    ],
)
def test_what_the_local_kms_lacks_is_named_with_what_to_do(secrets: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=f"bots.handbook.dingtalk.{sentence}"):
        check_secrets(in_kms(), {"KEY": "k"}, secrets)
