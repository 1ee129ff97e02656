"""Whatever people write is text on every page: no element, no handler, no address that runs."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.dingtalk import Person
from rag_on_dingtalk.console.routes import ROUTES
from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.settings.sections.access import AccessRule, Subjects
from rag_on_dingtalk.settings.sections.limits import Limit
from tests.builders import a_bot
from tests.examples import cases
from tests.hostile import HOSTILE
from tests.unit.console.filling import TURN, fill
from tests.unit.console.world import APP, OWNER, ROLES, World

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = tuple(route.path for route in ROUTES if route.method == "GET" and "{bot}" in route.path)
QUERY = {
    "questions": "words=1",
    "questions/{turn}": "words=1",
    "simulator": f"run=1&user=asker1&turn={TURN}",
    "evaluation/act": "what=go_on",
}
#: What a page may consist of; a hostile text would bring another element or attribute.
ELEMENTS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "link",
        "body",
        "script",
        "a",
        "div",
        "header",
        "details",
        "summary",
        "nav",
        "ul",
        "li",
        "strong",
        "form",
        "input",
        "button",
        "main",
        "h1",
        "h2",
        "h3",
        "p",
        "span",
        "section",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "b",
        "svg",
        "g",
        "rect",
        "circle",
        "path",
        "line",
        "text",
        "dl",
        "dt",
        "dd",
        "ol",
        "label",
        "select",
        "option",
        "textarea",
        "code",
        "progress",
        "ins",
        "del",
    ]
)


class Reader(HTMLParser):
    """What a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def dangers(html: str) -> Iterator[str]:
    """Everything on a page that could run."""
    reader = Reader()
    reader.feed(html)
    for tag, attributes in reader.elements:
        if tag not in ELEMENTS:
            yield f"<{tag}>"
        if tag == "script" and not (attributes.get("src") or "").startswith("/static/"):
            yield f"script {attributes}"
        for name, value in attributes.items():
            if name.startswith("on") or name == "style":
                yield f"{tag} {name}"
            runs = (value or "").strip().lower().startswith(("javascript:", "data:", "vbscript:", "//"))
            if name in ("href", "src", "action", "formaction") and runs:
                yield f"{tag} {name}={value}"


def a_hostile_world(text: str) -> World:
    """A console whose settings, people and departments have that text in them, too."""
    name = "".join(sign for sign in text if not sign.isspace() and sign not in "@/,，、:：")[:40] or "x"
    bot = a_bot(
        title=text,
        dingtalk=APP,
        roles=ROLES,
        access=(AccessRule(name=name, allow=Subjects(users=(text,), groups=(text,), roles=(text,))),),
        limits=(Limit(scope="user", ids=(text,), questions=5),),
    )
    world = World(bot)
    world.dingtalk.add_person(Person(nick=text, staff_id="hostile1"))
    world.dingtalk.directory.set_department(777, text)
    return world


@pytest.mark.parametrize("text", cases(HOSTILE))
async def test_a_hostile_text_is_text_on_every_page(text: str) -> None:
    world, found, seen = a_hostile_world(text), {}, 0
    needle = max(re.findall(r"[\w()=/ ]+", text), key=len)[:8]
    await fill(world, text)
    async with world.signed_in(OWNER) as browser:
        for page in PAGES:
            short = page.removeprefix("/bots/{bot}/")
            path = page.replace("{bot}", "handbook").replace("{turn}", TURN).replace("{id}", "one")
            shown = await browser.get(f"{path}?{QUERY.get(short, '')}")
            assert shown.status_code < 500, (page, shown.text)
            if wrong := list(dangers(shown.text)):
                found[page] = wrong
            reader = Reader()
            reader.feed(shown.text)
            seen += needle in reader.text
    await world.close()
    assert found == {}
    assert seen >= 8


async def test_the_same_holds_in_what_is_sent_back_to_forms() -> None:
    world = a_hostile_world(HOSTILE[0])
    async with world.signed_in(OWNER) as browser:
        for text in HOSTILE:
            for page, field in (
                ("simulator", "user"),
                ("audit", "who"),
                ("questions", "asker"),
                ("skills", "ask"),
            ):
                shown = await browser.http.get(f"/bots/handbook/{page}", params={field: text, "run": "1"})
                assert list(dangers(shown.text)) == []
            door = await browser.http.get("/sign-in", params={"why": "no_role", "user": text, "page": text})
            assert list(dangers(door.text)) == []
    await world.close()


def test_the_checker_sees_what_it_is_to_see() -> None:
    unsafe = "<p onclick=x></p><script>1</script><a href='javascript:1'></a><object></object><p style=a></p>"

    assert len(list(dangers(unsafe))) == 5


@given(st.text(), st.text())
def test_any_text_is_text_in_an_element_and_in_an_attribute(inside: str, attribute: str) -> None:
    reader = Reader()
    reader.feed(el("p", inside, title=attribute))

    assert [tag for tag, _ in reader.elements] == ["p"]
    assert list(reader.elements[0][1]) == ["title"]
    assert Markup(el("p", join([inside]))).count("<") == 2


@given(st.text())
def test_no_text_makes_an_address_that_runs(text: str) -> None:
    assert list(dangers(el("a", "x", href=text))) == []


@pytest.mark.parametrize(
    ("name", "attribute"), [("script", "src"), ("p", "onclick"), ("p", "style"), ("p q", "x")]
)
def test_what_the_policy_forbids_cannot_be_built(name: str, attribute: str) -> None:
    with pytest.raises(ValueError, match="of a page"):
        el(name, **{attribute: "x"})
