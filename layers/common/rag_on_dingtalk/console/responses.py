"""What a page's function returns; `app` makes HTTP of it. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from rag_on_dingtalk.console.web.html import Markup


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page inside the frame; bare: before anyone is signed in, without menu.

    foreign: a script's address that this page alone may load.
    """

    title: str
    body: Markup
    status: int = 200
    bare: bool = False
    foreign: str = ""


class Go(msgspec.Struct, frozen=True):
    """To another page; to: a path of ours, or DingTalk's login."""

    to: str


class Data(msgspec.Struct, frozen=True):
    """JSON, for a step of long work."""

    content: Any


class Begin(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in, or the way to one: goes to another page with a cookie.

    cookie: its name and value; an empty value takes it away. seconds: how long it lives.
    """

    to: str
    cookie: tuple[str, str]
    seconds: int


Answer = Page | Go | Data | Begin
