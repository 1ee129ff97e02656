"""Write card-template.json, which the card platform imports: `python -m infra.dingtalk.template`.

Everything is in `editorData`, a JSON string. An export also has, as `widgetInfo`, what the editor compiled
from it; like other public generators we leave that to the editor. Importing the file is not verified.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.dingtalk.card import STATES, VARIABLES
from infra.dingtalk.components import container, status

if TYPE_CHECKING:
    from infra.dingtalk.card import Variable
    from infra.dingtalk.components import Component

OUTPUT = Path(__file__).with_name("card-template.json")

_UNUSED_LISTS = ("formList", "customContextList", "expList", "localList", "hsfList", "lwpList")


def template_json() -> str:
    """The file's text; the same card gives the same bytes."""
    document = {
        "editorData": json.dumps(_editor_data(), ensure_ascii=False, separators=(",", ":")),
        "widgetInfo": "",
        "type": "im",
        "mode": "card",
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _editor_data() -> dict[str, Any]:
    card = container([status(state, parts) for state, parts in STATES.items()])
    return {
        "schemaVersion": "3.0.0",
        "schema": {
            "version": "1.0.0",
            "componentsMap": [_library(name) for name in sorted(_names(card))],
            "componentsTree": [card],
            "i18n": {},
        },
        # What the editor's preview shows.
        "mockData": {
            "cardData": {"flowStatus": 3, **{v.name: v.example for v in VARIABLES if not v.private}},
            "cardPrivateData": {v.name: v.example for v in VARIABLES if v.private},
            "localData": {},
        },
        "editVersion": 0,
        "customWidgetInfo": "",
        "useCustomWidgetInfo": False,
        "variableList": [*(_variable(variable) for variable in VARIABLES), _flow_status()],
        **{name: [] for name in _UNUSED_LISTS},
        "pageData": {},
        "extension": {"extendType": "AI", "aiStatusList": list(STATES), "fileTypeList": []},
    }


def _names(component: Component) -> set[str]:
    below = (_names(child) for child in component.get("children", ()))
    return {component["componentName"]}.union(*below)


def _library(name: str) -> dict[str, Any]:
    """Where the editor finds a component."""
    return {
        "package": "@ali/dxComponent",
        "version": "1.0.0",
        "exportName": name,
        "main": "./src/index.tsx",
        "destructuring": False,
        "subName": "",
        "componentName": name,
    }


def _variable(variable: Variable) -> dict[str, Any]:
    return {
        "id": variable.name,
        "name": variable.name,
        "type": variable.kind,
        "description": variable.about,
        "private": variable.private,
        "editorVarType": "variables",
        "disabled": False,
    }


def _flow_status() -> dict[str, Any]:
    """An AI card's state, which the platform declares itself and locks."""
    return {
        "id": "flowStatus",
        "name": "flowStatus",
        "type": "string",
        "description": "处理中 1，输入中 2，完成 3，执行中 4，失败 5",
        "private": False,
        "editorVarType": "variables",
        "disabled": True,
        "visible": False,
    }


if __name__ == "__main__":
    OUTPUT.write_text(template_json(), encoding="utf-8")
