"""One request as pages see it: who, which bot, in which language, with what in its query and form."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from rag_on_dingtalk.access.roles import permission
from rag_on_dingtalk.console.signing.session import Session, form_token
from rag_on_dingtalk.observability.events import Act

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.access.roles import Verb
    from rag_on_dingtalk.console.services import Services
    from rag_on_dingtalk.console.web.language import Say
    from rag_on_dingtalk.settings.bot import Bot

#: On pages that are open.
NO_SESSION = Session("", "", "", 0, 0, 0)


class Visit:
    """What a page's function is given.

    origin: scheme and host by which the browser knows us. now_ms: milliseconds since the epoch.
    name, bot: of the bot that the address names; None on pages that are no bot's.
    query, form: the first value of each field.
    """

    def __init__(  # noqa: PLR0913 - everything of one request
        self,
        *,
        services: Services,
        say: Say,
        origin: str,
        now_ms: int,
        session: Session = NO_SESSION,
        name: str = "",
        parts: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        login_nonce: str = "",
        client_ip: str = "",
        in_client: bool = False,
    ) -> None:
        self.services = services
        self.say = say
        self.origin = origin
        self.now_ms = now_ms
        self.session = session
        self.name = name
        self.parts = parts or {}
        self.query = query or {}
        self.form = form or {}
        self.login_nonce = login_nonce
        self.client_ip = client_ip
        self.in_client = in_client

    @property
    def user(self) -> str:
        """The visitor's staff id."""
        return self.session.user

    @property
    def bot(self) -> Bot:
        """The settings of the bot that the address names."""
        return self.services.bots[self.name]

    @property
    def token(self) -> str:
        """What each form carries."""
        return form_token(self.session, self.services.signer)

    def may(self, verb: Verb) -> bool:
        """Whether the visitor's roles in this bot have the verb."""
        return permission(self.user, verb, self.bot).allowed

    def link(self, page: str, **query: str | int) -> str:
        """The address of a page of this bot; what is empty is left out."""
        written = urlencode({key: value for key, value in query.items() if value != ""})
        return f"/bots/{self.name}/{page}" + (f"?{written}" if written else "")

    async def record(
        self, act: str, *, what: str = "", detail: str = "", result: str = "done", rule: str = ""
    ) -> bool:
        """Write an act of the visitor into the audit; False: it could not be written."""
        return await self.services.auditor.record(
            Act(
                act=act,
                bot=self.name or "-",
                who=self.user,
                what=what,
                detail=detail,
                result=result,
                rule=rule,
                source="console",
                client_ip=self.client_ip,
                at_ms=self.now_ms,
            )
        )
