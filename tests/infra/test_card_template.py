"""The card template and the bot name the same variables, parameters and private variables."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, get_args

import httpx
import msgspec
import pytest
import yaml

from infra.dingtalk.card import REASONS, STATES
from infra.dingtalk.template import OUTPUT, template_json
from rag_on_dingtalk.dingtalk.cards.ai_card import OFFER, SUGGESTIONS, Cards
from rag_on_dingtalk.dingtalk.inbound.card_action import card_update, read_click
from rag_on_dingtalk.models.jobs import Action, CardAction
from rag_on_dingtalk.models.question import Conversation, ConversationType, Question, Sender, turn_id_of
from rag_on_dingtalk.settings.bot import Bot
from rag_on_dingtalk.settings.sections.dingtalk import CardTemplate
from rag_on_dingtalk.worker.handlers.access_request import HOURS
from tests.builders import an_api

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

GUIDES = (OUTPUT.with_name("README.md"), OUTPUT.with_name("README.zh-CN.md"))
FILE = json.loads(OUTPUT.read_text(encoding="utf-8"))
EDITOR = json.loads(FILE["editorData"])
PUBLIC = {one["name"] for one in EDITOR["variableList"] if not one["private"]}
PRIVATE = {one["name"] for one in EDITOR["variableList"] if one["private"]}

TURN = turn_id_of("handbook", "msgExample0001==")
QUESTION = Question(
    turn_id=TURN,
    bot="handbook",
    message_id="msgExample0001==",
    text="年假有几天？",
    message_type="text",
    sender=Sender("sender0001", "user0001", "小明"),
    conversation=Conversation("cidExample0001==", ConversationType.GROUP),
    asked_ms=0,
)
#: A finished answer's card as the bot leaves it.
FINISHED = {
    "content": "5 天。",
    "question": "年假有几天？",
    "suggestion1": "病假呢？",
    "suggestion2": "",
    "suggestion3": "",
}
WRITING, DONE, FAILED = 2, 3, 5


def components(tree: list[dict[str, Any]] | None = None) -> Iterator[dict[str, Any]]:
    for component in EDITOR["schema"]["componentsTree"] if tree is None else tree:
        yield component
        yield from components(component.get("children", []))


def shown(state: int, variables: Mapping[str, str]) -> list[dict[str, Any]]:
    """The properties of what a client with these variables draws in a state."""
    (status,) = (c for c in components() if c["props"].get("status") == state)

    def drawn(component: dict[str, Any]) -> Iterator[dict[str, Any]]:
        conditions = component["props"].get("visible", {"condition": {"conditions": []}})["condition"]
        for one in conditions["conditions"]:
            if (variables.get(one["variable"], "") == one["value"]) != (one["op"] == "equal"):
                return
        yield component["props"]
        for child in component.get("children", []):
            yield from drawn(child)

    return list(drawn(status))


def clicks(state: int, variables: Mapping[str, str]) -> list[CardAction]:
    """What the bot reads when each button that is drawn is clicked."""
    made = []
    for props in shown(state, variables):
        if not props.get("enableClickEvent"):
            continue
        params = {
            one["name"]: variables[one["variable"]] if one["type"] == "variable" else one["value"]
            for one in props["params"]
        }
        content = {"cardPrivateData": {"actionIds": [props["actionId"]["content"]], "params": params}}
        body = {
            "type": "actionCallback",
            "outTrackId": TURN,
            "userId": "user0001",
            "content": json.dumps(content),
        }
        click = read_click(body, bot="handbook", now_ms=0)
        assert click is not None, props
        made.append(click)
    return made


def after(action: Action) -> dict[str, str]:
    changed: dict[str, str] = card_update(action)["userPrivateData"]["cardParamMap"]
    return FINISHED | changed


def actions(state: int, variables: Mapping[str, str]) -> list[str]:
    return [click.action for click in clicks(state, variables)]


def words(state: int, variables: Mapping[str, str]) -> str:
    texts = (props.get("text", {}).get("content", "") for props in shown(state, variables))
    return "\n".join(texts)


def test_the_file_is_what_the_generator_makes() -> None:
    assert OUTPUT.read_text(encoding="utf-8") == template_json()


def test_every_component_has_its_own_id_and_is_declared() -> None:
    ids = [component["id"] for component in components()]
    declared = {one["componentName"] for one in EDITOR["schema"]["componentsMap"]}

    assert len(set(ids)) == len(ids)
    assert {component["componentName"] for component in components()} == declared


@pytest.mark.parametrize("state", STATES)
def test_every_button_of_a_state_reports_under_its_own_id(state: int) -> None:
    (status,) = (c for c in components() if c["props"].get("status") == state)
    ids = [c["props"]["actionId"]["content"] for c in components([status]) if "actionId" in c["props"]]

    assert len(set(ids)) == len(ids)


def test_the_states_that_are_switched_on_are_the_ones_described() -> None:
    (card,) = EDITOR["schema"]["componentsTree"]
    switches = {1: "enablePending", 2: "enableWriting", 4: "enableDoing", 5: "enableFailed"}
    on = {state for state, switch in switches.items() if card["props"][switch]} | {3}

    assert on == set(EDITOR["extension"]["aiStatusList"]) == set(STATES)


def test_every_variable_that_is_used_is_declared() -> None:
    tree = json.dumps(EDITOR["schema"]["componentsTree"])
    used = set(re.findall(r'"variable": "(\w+)"', tree)) | set(re.findall(r"\$\{(\w+)\}", tree))

    assert used == PUBLIC | PRIVATE


async def test_the_bot_writes_no_variable_that_the_template_does_not_have() -> None:
    written: set[str] = set()

    def answer(request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content)
        written.update(
            sent.get("cardData", {}).get("cardParamMap", {}), [sent["key"]] if "key" in sent else []
        )
        return httpx.Response(
            200, json={"accessToken": "token", "expireIn": 7200, "success": True, "result": {}}
        )

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        api = an_api(http)
        cards = Cards(
            api=api,
            robot_code="id",
            template=CardTemplate(id="ours.schema", variable="content", buttons=True),
            callback_route="handbook",
            frame_id=lambda: "frame",
        )
        await cards.create(QUESTION, summary="…")
        await cards.suggest(TURN, ["病假呢？"], offer="request")
        await cards.close(TURN, "5 天。")

    assert {"content", "question", *SUGGESTIONS, OFFER} == written
    assert written < PUBLIC


def test_what_a_click_changes_is_private_in_the_template() -> None:
    changed = {name for action in get_args(Action) for name in after(action)} - FINISHED.keys()

    assert changed == PRIVATE


def test_frames_are_streamed_into_the_writing_state_alone() -> None:
    streaming = {
        state: [props["isStreaming"] for props in shown(state, FINISHED) if "isStreaming" in props]
        for state in (WRITING, DONE, FAILED)
    }

    assert streaming == {WRITING: [True], DONE: [False], FAILED: [False]}


def test_each_state_offers_what_can_be_done_then() -> None:
    assert actions(WRITING, FINISHED) == ["stop"]
    assert actions(DONE, FINISHED) == ["ask", "like", "dislike", "retry"]
    assert actions(FAILED, FINISHED) == ["retry"]


@pytest.mark.parametrize(
    ("offer", "offered", "clicked"),
    [
        ("request", ["request"], "request"),
        ("approve", ["approve", "approve", "approve", "reject"], "approve"),
        ("approve", ["approve", "approve", "approve", "reject"], "reject"),
        ("again", ["retry"], "retry"),
    ],
)
def test_what_is_said_about_access_is_acted_on_once_and_not_rated(
    offer: str, offered: list[str], clicked: Action
) -> None:
    card = FINISHED | {"suggestion1": "", "offer": offer}

    assert actions(DONE, card) == offered
    assert actions(DONE, card | after(clicked) | {"suggestion1": "", "offer": offer}) == []


def test_the_lengths_on_the_buttons_are_the_ones_that_are_believed() -> None:
    made = clicks(DONE, FINISHED | {"offer": "approve"})

    assert {int(click.words) for click in made if click.action == "approve"} == HOURS


def test_a_suggestion_is_asked_in_the_words_it_shows() -> None:
    suggested = {name: f"问题 {name}" for name in SUGGESTIONS}

    asked = [click for click in clicks(DONE, FINISHED | suggested) if click.action == "ask"]

    assert [click.words for click in asked] == list(suggested.values())


def test_a_disliked_answer_asks_why_and_every_reason_arrives() -> None:
    assert "哪里不好" not in words(DONE, FINISHED)

    reasons = [click.words for click in clicks(DONE, after("dislike")) if click.action == "dislike"]

    assert reasons == list(REASONS)


@pytest.mark.parametrize(
    ("state", "action", "left", "word"),
    [
        (WRITING, "stop", [], "正在停止…"),
        (DONE, "like", ["ask", "dislike", "retry"], "👍 已评价"),
        (DONE, "dislike", ["ask", "like", *["dislike"] * len(REASONS), "retry"], "👎 已评价"),
        (DONE, "ask", ["like", "dislike", "retry"], "已提问"),
        (DONE, "retry", ["ask", "like", "dislike"], "已重新提问"),
        (FAILED, "retry", [], "已重新提问"),
    ],
)
def test_a_button_that_was_clicked_becomes_a_word(
    state: int, action: Action, left: list[str], word: str
) -> None:
    assert word not in words(state, FINISHED)

    assert actions(state, after(action)) == left
    assert word in words(state, after(action))


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_the_guides_build_the_same_card_by_hand(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")
    buttons = [c["props"] for c in components() if c["componentName"] == "SingleButton"]
    params = {(one["name"], one["value"] or one["variable"]) for props in buttons for one in props["params"]}

    assert all(f"`{name}`" in text for name in PUBLIC | PRIVATE)
    assert all(f"`{name}={value}`" in text for name, value in params)
    assert all(re.sub(r"\$\{(\w+)\}", r"`${\1}`", props["text"]["content"]) in text for props in buttons)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_the_settings_that_the_guides_show_exist(guide: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    app = yaml.safe_load(block)["bots"]["handbook"]["dingtalk"]

    bot = msgspec.convert(
        {
            "dingtalk": {"client_id": "id", "client_secret": "env:SECRET", **app},
            "backend": {
                "kind": "anythingllm",
                "base_url": "https://kb",
                "api_key": "env:KEY",
                "workspace": "w",
            },
        },
        Bot,
    )

    assert bot.dingtalk.card is not None
    assert bot.dingtalk.card.buttons
    assert bot.dingtalk.card.variable in PUBLIC
