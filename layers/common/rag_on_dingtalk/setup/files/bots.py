"""`bots.yaml` as it is wanted: an existing one stays, a bot is added, or single settings of one change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.bots_document import convert_bots
from rag_on_dingtalk.settings.secret_references import secret_references
from rag_on_dingtalk.setup.asking import questions
from rag_on_dingtalk.setup.files.bots_edit import with_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rag_on_dingtalk.settings.bot import Bots
    from rag_on_dingtalk.setup.asking.answers import Answers
    from rag_on_dingtalk.setup.asking.questions import Question

_HEAD = """\
# The bots. docs/settings.md lists every setting; check with: .venv/bin/python -m rag_on_dingtalk check
# Secrets are never written here: `env:NAME` says where one is. `setup` keeps what it does not know.

"""

#: A question's name → where its answer stands below the bot.
_PLACES = {
    "title": ("title",),
    "client_id": ("dingtalk", "client_id"),
    "card_id": ("dingtalk", "card", "id"),
    "base_url": ("backend", "base_url"),
    "workspace": ("backend", "workspace"),
    "model": ("backend", "model"),
    "app_id": ("backend", "app_id"),
}


def wanted_bots(text: str | None, answers: Answers) -> tuple[str, Bots]:
    """The file's text and what it says.

    text: as it is now; None: there is no file.

    Raises:
        ConfigurationError: the file is wrong, or not everything is known.
    """
    bots = None if text is None else _parsed(text)
    given = _given(answers)
    if bots is None:
        name = answers.to(questions.BOT)
        made = _new_bot(name, answers, taken=set())
        answers.check_complete()
        text = _HEAD + _dumped({"bots": {name: made}})
        return text, _parsed(text)
    assert text is not None  # noqa: S101 - or there would be no bots
    name = answers.given(questions.BOT)
    if not name and not given:
        return text, bots
    if not name:
        name = _only(bots, given)
    if name not in bots.bots:
        taken = {reference for bot in bots.bots.values() for _, reference in secret_references(bot)}
        made = _new_bot(name, answers, taken=taken)
        answers.check_complete()
        text = with_value(text, ("bots", name), made)
    else:
        text = _changed(text, name, bots, answers, given)
    return text, _parsed(text)


def _parsed(text: str) -> Bots:
    try:
        document = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        where = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigurationError(
            f"bots.yaml is no YAML{where}: {error.problem}. Correct it first."
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigurationError(f"bots.yaml is no valid YAML: {error}. Correct it first.") from error
    return convert_bots(document)


def _given(answers: Answers) -> dict[str, str]:
    """Settings of a bot that flags or the answers file give."""
    every = questions.every_question()
    told = {name: answers.given(every[name]) for name in _PLACES}
    return {name: value for name, value in told.items() if value}


def _only(bots: Bots, given: Mapping[str, str]) -> str:
    if len(bots.bots) > 1:
        raise ConfigurationError(
            f"bots.yaml has {', '.join(bots.bots)}; say with --bot whose {', '.join(given)} it is."
        )
    return next(iter(bots.bots))


def _changed(text: str, name: str, bots: Bots, answers: Answers, given: Mapping[str, str]) -> str:
    every = questions.every_question()
    kind = _kind(bots, name)
    told = answers.given(questions.BACKEND)
    if told and told != kind:
        raise ConfigurationError(
            f"bots.{name} asks {kind}, and setup does not exchange a backend. Change it by hand."
        )
    allowed = {one.name for one in questions.OF_A_PRODUCT[kind]} | {"title", "client_id", "card_id"}
    for question, value in given.items():
        if question not in allowed:
            raise ConfigurationError(
                f"{every[question].flag} is no setting of {kind}, which bots.{name} asks."
            )
        if problem := every[question].problem(value):
            raise ConfigurationError(f"{every[question].flag}: {problem}")
        text = with_value(text, ("bots", name, *_PLACES[question]), value)
    return text


def _kind(bots: Bots, name: str) -> str:
    kinds = {"AnythingLLM": "anythingllm", "Dify": "dify", "OpenAICompatible": "openai", "Bailian": "bailian"}
    return kinds[type(bots.bots[name].main_backend).__name__]


def _new_bot(name: str, answers: Answers, *, taken: set[str]) -> dict[str, Any]:
    """The bot's settings; its secrets get names that no other bot uses."""

    def reference(variable: str) -> str:
        plain = f"env:{variable}"
        return plain if plain not in taken else f"{plain}_{name.upper().replace('-', '_')}"

    title, client_id, administrators, buttons, events = (answers.to(one) for one in questions.ABOUT_A_BOT)
    dingtalk: dict[str, Any] = {
        "client_id": client_id,
        "client_secret": reference("DINGTALK_CLIENT_SECRET"),
    }
    if buttons == "yes":
        dingtalk["card"] = {"id": answers.to(questions.CARD_ID), "variable": "content", "buttons": True}
        dingtalk["card_callback"] = {"secret": reference("DINGTALK_CARD_SECRET"), "route": name}
    if events == "yes":
        dingtalk["events"] = {
            "token": reference("DINGTALK_EVENT_TOKEN"),
            "aes_key": reference("DINGTALK_AES_KEY"),
        }
    kind = answers.to(questions.BACKEND)
    backend = {"kind": kind, **dict(_product(kind, answers))}
    backend["api_key"] = reference(questions.KEY_OF_A_PRODUCT.get(kind, "API_KEY"))
    bot: dict[str, Any] = {"title": title, "dingtalk": dingtalk, "backend": backend}
    if administrators:
        bot["administrators"] = administrators.split(",")
    return bot


def _product(kind: str, answers: Answers) -> Iterator[tuple[str, str]]:
    asked: tuple[Question, ...] = questions.OF_A_PRODUCT.get(kind, ())
    for question in asked:
        yield question.name, answers.to(question)


def _dumped(document: dict[str, Any]) -> str:
    return yaml.safe_dump(
        document, allow_unicode=True, sort_keys=False, default_flow_style=False, width=1_000
    )
