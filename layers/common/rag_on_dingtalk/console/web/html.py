"""HTML that is built of values, so that no text becomes markup by mistake. Pure.

`el("p", "1 < 2", title=name)` escapes its texts and its attributes. Only `Markup` passes as it is, and only this
module and the charts make one.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_VOID = frozenset(("br", "hr", "img", "input", "link", "meta"))
_NAME = re.compile(r"[a-z][a-z0-9-]*|viewBox|preserveAspectRatio")
#: Where an address stands that a person may follow or a browser loads.
_ADDRESSES = frozenset(("href", "src", "action", "formaction"))
_SAFE_ADDRESS = re.compile(r"(?:https?://|/(?![/\\])|\?|#)", re.IGNORECASE)
#: What no terminal, log or page shows well: controls, and marks that turn the direction of writing.
_INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Attribute = str | int | float | bool | None


def el(name: str, /, *children: object, **attributes: Attribute) -> Markup:
    """An element.

    attributes: `class_` is `class`, and `data_day` is `data-day`; True: without a value; None and False: left out.

    Raises:
        ValueError: a name that is none, an event handler, or a style, which the policy would refuse anyway.
    """
    if not _NAME.fullmatch(name) or name == "script":
        raise ValueError(f"{name!r} is no element of a page.")
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(children)}</{name}>")


def join(children: Iterable[object]) -> Markup:
    """Several parts, one behind the other."""
    return Markup("".join(_inside(child) for child in children))


def text(value: object) -> Markup:
    """A text as HTML."""
    return Markup(escape(_INVISIBLE.sub("\N{REPLACEMENT CHARACTER}", str(value)), quote=True))


def _inside(child: object) -> str:
    if child is None or child is False or child is True:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, (str, int, float)):
        return text(child)
    if isinstance(child, (list, tuple)) or hasattr(child, "__iter__"):
        return join(child)
    raise TypeError(f"{type(child).__name__} is nothing that a page shows.")


def _attribute(key: str, value: Attribute) -> str:
    name = key.rstrip("_").replace("_", "-")
    name = {"viewbox": "viewBox"}.get(name, name)
    if value is None or value is False:
        return ""
    if not _NAME.fullmatch(name) or name.startswith("on") or name == "style":
        raise ValueError(f"{name!r} is no attribute of a page.")
    if value is True:
        return f" {name}"
    if name in _ADDRESSES and not _SAFE_ADDRESS.match(str(value)):
        # `javascript:` and its relatives, `//host` and what looks like neither.
        return ""
    return f' {name}="{text(value)}"'
