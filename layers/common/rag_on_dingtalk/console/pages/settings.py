"""设置: the compiled bots.yaml of this bot, as it is deployed; secrets are nowhere in it, and references stay hidden."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.console.responses import Answer, Page
from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.console.web.layout import heading, table, tag
from rag_on_dingtalk.settings.bot import Bot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.console.visit import Visit

#: Names of settings whose values, or references to them, no page shows.
_SECRET = re.compile(r"secret|token|key|password|headers|authorization|aes", re.IGNORECASE)
_REFERENCE = re.compile(r"(?:env|file|kms):.+")
_BACKENDS = frozenset(("backend", "backends"))


async def page(visit: Visit) -> Answer:
    """The page."""
    say = visit.say
    about = say(
        "现在部署的 bots.yaml，只读；改了要重新打包、部署。",
        "bots.yaml as it is deployed, read-only; a change takes a deployment.",
    )
    return Page(
        title=say("设置", "Settings"), body=join((heading(say("设置", "Settings"), about), shown(visit)))
    )


def shown(visit: Visit) -> Markup:
    """One table for each part; what is as by default is not shown."""
    say = visit.say
    plain = msgspec.to_builtins(visit.bot)
    default = _defaults()
    parts = []
    for name, value in plain.items():
        if value == default.get(name, msgspec.UNSET):
            continue
        rows = [(el("code", path), shown_value) for path, shown_value in _lines(visit, name, value)]
        parts.append(
            el(
                "section",
                el("h2", name),
                table((say("设置", "Setting"), say("值", "Value")), rows),
                class_="card",
            )
        )
    hint = say(
        "没列出来的都是默认值，见文档的设置一页。",
        "What is not listed has its default: see the page on settings.",
    )
    return join((*parts, el("p", hint, class_="hint")))


def _lines(visit: Visit, path: str, value: Any) -> Iterator[tuple[str, Markup | str]]:
    """Every setting below, with what is secret hidden."""
    last = path.rpartition(".")[2]
    if _SECRET.search(last) or (isinstance(value, str) and _REFERENCE.fullmatch(value)):
        yield path, tag(visit.say("已隐藏", "hidden")) if value else "—"
    elif isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _lines(visit, f"{path}.{name}", inner)
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        for number, inner in enumerate(value, 1):
            yield from _lines(visit, f"{path}[{number}]", inner)
    elif isinstance(value, bool):
        yield path, visit.say("是", "yes") if value else visit.say("否", "no")
    elif isinstance(value, list):
        yield path, "、".join(str(one) for one in value) or "—"
    else:
        yield path, "—" if value in (None, "") else el("span", str(value), class_="words")


def _defaults() -> dict[str, Any]:
    """What a bot has when nothing is written, by setting."""
    found = {}
    for one in msgspec.structs.fields(Bot):
        if one.default_factory is not msgspec.NODEFAULT:
            found[one.name] = msgspec.to_builtins(one.default_factory())
        elif one.default is not msgspec.NODEFAULT:
            found[one.name] = msgspec.to_builtins(one.default)
    return found
