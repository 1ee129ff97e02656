"""The administrators' console, as settings: who signs people in, and where it stands."""

from __future__ import annotations

from rag_on_dingtalk.settings.strict import Strict


class ConsoleSettings(Strict, frozen=True, kw_only=True):
    """The administrators' console: a function of its own, deployed where this stands.

    bot: the bot whose DingTalk app signs people in; empty: the first one. It needs `corp_id`.
    url: its address, such as `https://console.example.com`: a custom domain, because Function Compute's own
        domain makes a browser download a page. Empty: it answers on this machine only.
    session_key: a reference to the secret that signs sessions, of 32 characters or more.
    """

    bot: str = ""
    url: str = ""
    session_key: str = "env:CONSOLE_SESSION_KEY"
