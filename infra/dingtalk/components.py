"""One part of the card → one component, as the card platform's editor exports it. Pure.

The format is not documented. Names and shapes are those of DingTalk's own exported examples
(github.com/open-dingtalk/dingtalk-card-examples). They list every property of a component; here are the ones
that say something, the others are left to the editor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.dingtalk.card import Button, Markdown, Pending, Row, Sent, Text

if TYPE_CHECKING:
    from infra.dingtalk.card import Part, When

Component = dict[str, Any]

_FULL_WIDTH = {"marginLeft": 0, "marginRight": 0, "marginTop": 0, "marginBottom": 0}
_INSET = {"marginLeft": 12, "marginRight": 12, "marginTop": 6, "marginBottom": 6}


def node(kind: str, key: str, props: dict[str, Any], children: list[Component] | None = None) -> Component:
    """A component of the tree; `key` is unique in the card."""
    made: Component = {
        "componentName": kind,
        "id": f"node_{key}",
        "props": props,
        "hidden": False,
        "title": "",
        "isLocked": False,
        "condition": True,
        "conditionGroup": "",
    }
    return made if children is None else made | {"children": children}


def container(children: list[Component]) -> Component:
    """The card itself: in which states it can be."""
    switches = {"enablePending": True, "enableWriting": True, "enableDoing": False, "enableFailed": True}
    return node(
        "AICardContainer",
        "card",
        {
            **_FULL_WIDTH,
            **switches,
            "enableTitle": False,
            "operationPenalType": "prompt",
            "summaryContent": _reference(""),
            "flowStatusVar": _reference("flowStatus"),
            # Our own ⏹ does it.
            "enableFlowAbort": False,
        },
        children,
    )


def status(state: int, parts: tuple[Part, ...]) -> Component:
    """What the card shows while `flowStatus` is `state`."""
    made = [_component(part, f"{state}_{number}") for number, part in enumerate(parts)]
    if not any(isinstance(part, Pending) for part in parts):
        made = [node("AICardContent", f"{state}_content", {**_FULL_WIDTH, "visible": _visible(())}, made)]
    return node(
        "AICardStatusContainer",
        str(state),
        {
            **_FULL_WIDTH,
            "status": state,
            "enableExtend": False,
            "enableCollapse": False,
            # Cut off here an answer would end before its sources and its buttons.
            "autoFoldConfig": {
                "needFold": False,
                "heightLimit": 480,
                "foldStatusLocalDataKey": "_cardFoldStatusLocalDataKey",
            },
        },
        made,
    )


def _component(part: Part, key: str) -> Component:
    match part:
        case Pending():
            tip = {"pendingTip": _string(part.text), "style": "embed", "hideIcon": False}
            return node("AIPending", key, tip)
        case Text():
            return node("BaseText", key, _text(part))
        case Markdown():
            return node("MarkdownBlock", key, _markdown(part))
        case Button():
            return node("SingleButton", key, _button(part, "match_parent"))
        case Row():
            return node("Grid", key, _row(part), _side_by_side(part, key))


def _text(part: Text) -> dict[str, Any]:
    return {
        **_INSET,
        "text": _string(part.text),
        "visible": _visible(part.shown),
        "enableIcon": False,
        "fontColorType": "Standard",
        "color": _fixed("dynamicColor", "common_level3_base_color"),
        "fontSizeType": "Standard",
        "styleType": "standard",
        "styleToken": "common_description_text_style",
        "maxLine": _fixed("dynamicNumber", 2),
        "gravity": "left",
        "widthMode": "match_parent",
    }


def _markdown(part: Markdown) -> dict[str, Any]:
    return {
        "content": {**_reference(part.variable), "varType": "markdown"},
        "isStreaming": part.streaming,
        "mdVer": 0,
        "visible": _visible(()),
    }


def _button(part: Button, width: str) -> dict[str, Any]:
    clickable = bool(part.params)
    return {
        **_INSET,
        "text": _string(part.text),
        "status": _fixed("dynamicSelect", "normal" if clickable else "disabled"),
        "color": _fixed("dynamicSelect", "gray"),
        "enableIcon": False,
        "enableClickEvent": clickable,
        # 回传请求.
        "actionType": "request",
        "actionId": _string(part.id),
        "params": [
            _parameter(name, value, number) for number, (name, value) in enumerate(part.params.items(), 1)
        ],
        "successCondition": {"op": "and", "conditions": []},
        "successToast": _string(""),
        "failureToast": _string(""),
        # The bot answers no clicks from chats that it is not in.
        "disabledWhileForward": True,
        "visible": _visible(part.shown),
        "widthMode": width,
    }


def _row(part: Row) -> dict[str, Any]:
    return {
        **_FULL_WIDTH,
        "direction": "horizontal",
        "childGravity": "leftCenter",
        "isAutoHeight": True,
        "isAutoWidth": False,
        "enableColSpan": False,
        "hasBackground": False,
        "hasBorder": False,
        "visible": _visible(part.shown),
    }


def _side_by_side(part: Row, key: str) -> list[Component]:
    return [
        node("SingleButton", f"{key}_{number}", _button(button, "match_content"))
        for number, button in enumerate(part.buttons)
    ]


def _parameter(name: str, value: str | Sent, number: int) -> dict[str, str]:
    made = {"name": name, "id": str(number), "variableType": "global"}
    if isinstance(value, Sent):
        return made | {"type": "variable", "variable": value.variable, "value": ""}
    return made | {"type": "fixed", "variable": "", "value": value}


def _reference(variable: str) -> dict[str, str]:
    return {"type": "variableValue", "variable": variable, "variableType": "global"}


def _string(content: str) -> dict[str, Any]:
    return {"type": "dynamicString", "content": content, "i18n": False}


def _fixed(kind: str, value: str | int) -> dict[str, Any]:
    return {"type": kind, "valueType": "fixed", "value": value, "variable": "", "variableType": "global"}


def _visible(conditions: tuple[When, ...]) -> dict[str, Any]:
    return {
        "type": "dynamicVisible",
        "value": True,
        "valueType": "condition" if conditions else "fixed",
        "condition": {"op": "and", "conditions": [_condition(condition) for condition in conditions]},
    }


def _condition(when: When) -> dict[str, str]:
    return {
        "type": "variable",
        "variable": when.variable,
        "variableType": "global",
        "op": when.op,
        "value": when.value,
        "valueType": "fixed",
        "valueVariableType": "global",
    }
