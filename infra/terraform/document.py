"""Write docs/terraform.md and its Chinese twin: `python infra/terraform/document.py`."""  # noqa: INP001 - a script beside its input

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
#: The Chinese sentences, by variable or output.
CHINESE = HERE / "chinese.yaml"

Language = Literal["en", "zh"]

_BLOCK = re.compile(r'^(variable|output) "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_WORDS: dict[Language, dict[str, Any]] = {
    "en": {
        "title": "Terraform: variables and outputs",
        "twin": "[中文](terraform.zh-CN.md)",
        "about": "`python infra/terraform/document.py` writes this page from `infra/terraform`; "
        "a test compares the two. "
        "[The guide](guides/deploy-terraform.md) says which of them matter when.",
        "variables": "Variables",
        "outputs": "Outputs",
        "variable_columns": ("Variable", "Type", "Default", "Meaning"),
        "output_columns": ("Output", "What it is"),
        "required": "**required**",
        "secret": "secret",
    },
    "zh": {
        "title": "Terraform：变量与输出",
        "twin": "[English](terraform.md)",
        "about": "本页由 `python infra/terraform/document.py` 从 `infra/terraform` 生成，并有测试比对两者。"
        "什么时候需要哪些，见[指南](guides/deploy-terraform.zh-CN.md)。",
        "variables": "变量",
        "outputs": "输出",
        "variable_columns": ("变量", "类型", "默认值", "含义"),
        "output_columns": ("输出", "是什么"),
        "required": "**必填**",
        "secret": "密钥",
    },
}


class Entry(NamedTuple):
    """A variable or an output; `kind` is which. `default`: None when there is none."""

    kind: str
    name: str
    description: str
    type: str = ""
    default: str | None = None
    sensitive: bool = False


def entries(folder: Path = HERE) -> list[Entry]:
    """Every variable and output of the module, as the files have them."""
    return [
        _entry(*found)
        for file in ("variables.tf", "variables_optional.tf", "outputs.tf")
        for found in _BLOCK.findall((folder / file).read_text(encoding="utf-8"))
    ]


def page(language: Language, folder: Path = HERE) -> str:
    """The whole page.

    Raises:
        KeyError: a sentence is missing in chinese.yaml.
    """
    words: dict[str, Any] = _WORDS[language]
    chinese = yaml.safe_load((folder / CHINESE.name).read_text(encoding="utf-8"))
    every = entries(folder)
    meaning = {entry.name: entry.description if language == "en" else chinese[entry.name] for entry in every}
    variables = [
        (
            f"`{entry.name}`",
            f"`{entry.type}`" + (f" ({words['secret']})" if entry.sensitive else ""),
            str(words["required"]) if entry.default is None else f"`{entry.default}`",
            meaning[entry.name],
        )
        for entry in every
        if entry.kind == "variable"
    ]
    outputs = [(f"`{entry.name}`", meaning[entry.name]) for entry in every if entry.kind == "output"]
    parts = (
        f"# {words['title']}",
        words["twin"],
        words["about"],
        f"## {words['variables']}",
        _table(words["variable_columns"], variables),
        f"## {words['outputs']}",
        _table(words["output_columns"], outputs),
    )
    return "\n\n".join(map(str, parts)) + "\n"


def documents() -> dict[Path, str]:
    """What each file ought to hold now."""
    return {
        ROOT / "docs" / "terraform.md": page("en"),
        ROOT / "docs" / "terraform.zh-CN.md": page("zh"),
    }


def _entry(kind: str, name: str, body: str) -> Entry:
    described = re.search(r'^  description = "((?:[^"\\]|\\.)*)"$', body, re.MULTILINE)
    return Entry(
        kind,
        name,
        described[1].replace('\\"', '"') if described else "",
        _value(body, "type") or "",
        _value(body, "default"),
        "sensitive   = true" in body or "sensitive = true" in body,
    )


def _value(body: str, name: str) -> str | None:
    """What an attribute is set to, on one line; None when it is not set."""
    started = re.search(rf"^  {name} += ", body, re.MULTILINE)
    if started is None:
        return None
    depth, end = 0, started.end()
    for end in range(started.end(), len(body)):
        depth += (body[end] in "{[(") - (body[end] in "}])")
        if body[end] == "\n" and depth == 0:
            break
    text = re.sub(r" *#.*", "", body[started.end() : end])
    lines = [re.sub(r" +", " ", line.strip()) for line in text.strip().splitlines() if line.strip()]
    joined = ", ".join(lines)
    return re.sub(r"([{(]),", r"\1", joined).replace(", }", " }").replace(", )", ")")


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
