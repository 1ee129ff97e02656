"""The frame around every page: menu, bots, who is signed in. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.console.web.html import Markup, el, join, text
from rag_on_dingtalk.console.web.icons import icon, mark
from rag_on_dingtalk.console.web.language import Say

if TYPE_CHECKING:
    from collections.abc import Iterable


class MenuEntry(msgspec.Struct, frozen=True):
    """One line of the menu."""

    picture: str
    label: str
    address: str
    current: bool


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What the frame shows.

    bots: title, address, and whether it is this one. other_language: address of this page in it.
    token: of the form that signs out.
    """

    say: Say
    menu: tuple[MenuEntry, ...] = ()
    bots: tuple[tuple[str, str, bool], ...] = ()
    user: str = ""
    other_language: str = "/"
    token: str = ""


def document(frame: Frame, title: str, body: Markup, *, bare: bool = False, script: str = "") -> str:
    """The whole page.

    script: a further one, before ours.
    """
    say = frame.say
    name = say("知识助手控制台", "Knowledge bot console")
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="robots", content="noindex"),
        el("title", f"{title} · {name}"),
        el("link", rel="stylesheet", href="/static/console.css"),
        el("link", rel="icon", href="/static/console.svg", type="image/svg+xml"),
    )
    # Our own script and DingTalk's: the only script elements there are, each with an address and nothing in it.
    scripts = Markup(f'<script src="{text(script)}"></script>') if script else Markup("")
    scripts = Markup(scripts + '<script src="/static/console.js" defer></script>')
    inside = _door(frame, name, body) if bare else _framed(frame, name, body)
    language = "zh-CN" if say.language == "zh" else "en"
    return f"<!doctype html>{el('html', head, el('body', inside, scripts), lang=language)}"


def _door(frame: Frame, name: str, body: Markup) -> Markup:
    brand = el("div", mark(), name, class_="brand")
    other = el("p", _other(frame), class_="hint")
    return el("div", el("main", el("div", brand, body, other, class_="card")), class_="door")


def _framed(frame: Frame, name: str, body: Markup) -> Markup:
    say = frame.say
    skip = el("a", say("跳到内容", "Skip to the content"), href="#content", class_="skip")
    links = [
        el(
            "li",
            el(
                "a",
                icon(entry.picture),
                entry.label,
                href=entry.address,
                aria_current="page" if entry.current else None,
            ),
        )
        for entry in frame.menu
    ]
    bots = el("div", [_bot(*one) for one in frame.bots], class_="bots") if len(frame.bots) > 1 else None

    def navigation(label: str) -> Markup:
        return el("nav", bots, el("ul", links), aria_label=label)

    small = el(
        "details",
        el("summary", say("菜单", "Menu")),
        navigation(say("菜单", "Menu")),
        _who(frame),
        class_="menu",
    )
    side = el(
        "header",
        el("a", mark(), name, href="/", class_="brand"),
        small,
        navigation(say("页面", "Pages")),
        _who(frame),
        class_="side",
    )
    return join((skip, el("div", side, el("main", body, id="content", tabindex=-1), class_="frame")))


def _bot(title: str, address: str, current: bool) -> Markup:  # noqa: FBT001 - one of a tuple
    return el("a", title, href=address, aria_current="true" if current else None)


def _who(frame: Frame) -> Markup:
    say = frame.say
    out = el(
        "form",
        el("input", type="hidden", name="form", value=frame.token),
        el("button", say("退出", "Sign out"), class_="plainly"),
        method="post",
        action="/sign-out",
    )
    return el("div", el("strong", frame.user), el("div", out, _other(frame), class_="row"), class_="who")


def _other(frame: Frame) -> Markup:
    label, language = ("English", "en") if frame.say.language == "zh" else ("中文", "zh-CN")
    return el("a", label, href=frame.other_language, lang=language)


def heading(title: str, about: str = "", *beside: Markup | None) -> Markup:
    """A page's heading with a sentence on what it is for."""
    return el(
        "div",
        el("div", el("h1", title), el("p", about, class_="quiet") if about else None),
        *beside,
        class_="head",
    )


def note(kind: str, *sentences: str) -> Markup:
    """A remark; kind: `good`, `bad`, `warn` or empty."""
    return el("div", [el("p", one) for one in sentences if one], class_=f"note {kind}".strip(), role="status")


def facts(pairs: Iterable[tuple[str, object]]) -> Markup:
    """Names and values; a value that is empty is left out."""
    return el(
        "dl",
        [(el("dt", name), el("dd", value)) for name, value in pairs if value not in ("", None)],
        class_="facts",
    )


def table(head: Iterable[str], rows: Iterable[Iterable[object]], *, caption: str = "") -> Markup:
    """A table whose rows become cards on a phone; the first cell of a row is its heading."""
    names = tuple(head)
    body = []
    for row in rows:
        first, *others = row
        cells = [el("td", cell, data_of=name or None) for name, cell in zip(names[1:], others, strict=True)]
        body.append(el("tr", el("th", first, scope="row"), cells))
    return el(
        "div",
        el(
            "table",
            el("caption", caption, class_="hint") if caption else None,
            el("thead", el("tr", [el("th", name, scope="col") if name else el("td") for name in names])),
            el("tbody", body),
            class_="stack",
        ),
        class_="scroll",
        tabindex=0,
    )


def tag(label: str, kind: str = "") -> Markup:
    """A word with a colour behind it."""
    return el("span", label, class_=f"tag {kind}".strip())


def hidden(**fields: str) -> Markup:
    """Fields that a form carries unseen."""
    return join(el("input", type="hidden", name=name, value=value) for name, value in fields.items())


def choice(label: str, name: str, options: Iterable[tuple[str, str]], chosen: str) -> Markup:
    """A field to choose from."""
    listed = [el("option", said, value=value, selected=value == chosen) for value, said in options]
    return el("label", label, el("select", listed, name=name))


def field(
    label: str, name: str, value: str = "", *, hint: str = "", **attributes: str | int | bool
) -> Markup:
    """A field to write in."""
    written = el("input", name=name, value=value, **attributes)
    return el("label", label, written, el("span", hint, class_="hint") if hint else None)
