"""The secrets that `bots.yaml` names: found, asked for, or made where the choice is ours."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Literal

import msgspec

from rag_on_dingtalk.settings.secret_references import secret_references

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.settings.bot import Bots
    from rag_on_dingtalk.setup.asking.answers import Answers

_ENV = "env:"

#: The variable of infra/terraform that a secret goes into: read by every function, by callback alone, by
#: the three that answer, or by the console. infra/s.yaml hands the secrets on alike.
Group = Literal["dingtalk_secrets", "callback_secrets", "backend_secrets", "console_secrets"]
LETTERS_AND_DIGITS = string.ascii_letters + string.digits

#: Settings whose secret only DingTalk and we have to agree on → how long it is. The key of events must have
#: 43 letters and digits, the token 3 to 32.
_OURS = {
    "dingtalk.card_callback.secret": 32,
    "dingtalk.events.token": 24,
    "dingtalk.events.aes_key": 43,
    "dingtalk.path_secret": 32,
}
#: Of the key that signs the console's sessions, which must have 32 characters.
_SESSION_KEY = 48
_PURPOSES = {
    "dingtalk.client_secret": "Client Secret (凭证与基础信息)",
    "dingtalk.next_client_secret": "the next Client Secret",
    "dingtalk.aes_key": "aes_key of sealed messages",
    "backend.api_key": "API key of the knowledge base",
    "safety.moderation.api_key": "API key of the moderation service",
}


class KnownSecret(msgspec.Struct, frozen=True):
    """One secret by its variable.

    group: which functions read it. made: setup has made it just now.
    """

    name: str
    value: str
    group: Group
    made: bool

    def __repr__(self) -> str:
        return f"KnownSecret({self.name!r}, …)"


def find_secrets(bots: Bots, answers: Answers, make: Callable[[int], str]) -> list[KnownSecret]:
    """Every secret that stands in the environment, once.

    make: a number of characters → that many random letters and digits.
    """
    found: dict[str, KnownSecret] = {}
    for bot_name, bot in bots.bots.items():
        for setting, reference in secret_references(bot):
            name = reference.removeprefix(_ENV)
            if not reference.startswith(_ENV):
                continue
            if name in found:
                if found[name].group != _group(setting):
                    # One variable for two purposes: every function reads it.
                    found[name] = msgspec.structs.replace(found[name], group="dingtalk_secrets")
                continue
            value, made = answers.known(name), False
            if not value and setting in _OURS:
                value, made = make(_OURS[setting]), True
            elif not value:
                value = answers.secret(name, f"{bot_name}: {_PURPOSES.get(setting, setting)}")
            found[name] = KnownSecret(name, value, _group(setting), made)
    if bots.console is not None and bots.console.session_key.startswith(_ENV):
        name = bots.console.session_key.removeprefix(_ENV)
        value = answers.known(name)
        # A secret that signs sessions serves no other purpose, so that a name in use is left to `check`.
        found.setdefault(
            name, KnownSecret(name, value or make(_SESSION_KEY), "console_secrets", made=not value)
        )
    return list(found.values())


def _group(setting: str) -> Group:
    if setting == "dingtalk.client_secret":
        return "dingtalk_secrets"
    return "callback_secrets" if setting.startswith("dingtalk.") else "backend_secrets"
