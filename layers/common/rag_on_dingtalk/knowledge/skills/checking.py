"""The rules of a skill that types cannot say. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.knowledge.skills.patterns import safe_pattern
from rag_on_dingtalk.knowledge.skills.skill import COMMAND, GIVEN
from rag_on_dingtalk.knowledge.skills.template import check_template
from rag_on_dingtalk.knowledge.skills.wording import key_of, words_of
from rag_on_dingtalk.net.addresses import has_origin
from rag_on_dingtalk.settings.kinds.paths import place
from rag_on_dingtalk.settings.secret import SCHEMES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from rag_on_dingtalk.knowledge.skills.skill import Call, Skill, Step

_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
#: Sent by the call itself.
_OWN_HEADERS = frozenset(("host", "content-length", "content-type", "connection", "transfer-encoding"))


def check_skill(skill: Skill, *, where: str, origins: Collection[str], routes: Collection[str]) -> None:
    """Whether the skill can be used.

    where: names it for errors. origins: that it may call. routes: of the bot.

    Raises:
        ConfigurationError: says what is wrong and where.
    """
    _check_triggers(skill, where)
    if unknown := sorted(set(skill.routes) - set(routes)):
        raise ConfigurationError(f"{where}.routes names {', '.join(unknown)}, which the bot has not.")
    if skill.valid_from and skill.valid_until and skill.valid_from > skill.valid_until:
        raise ConfigurationError(f"{where} ends before it begins. Correct valid_from or valid_until.")
    if not skill.answer.strip():
        raise ConfigurationError(f"{where} says nothing. Give it an `answer`.")
    known = set(GIVEN)
    for number, step in enumerate(skill.steps):
        place_of = f"{where}.steps[{number}]"
        _check_step(step, place_of, known)
        check_template(step.ask, known, where=f"{place_of}.ask")
        known.add(step.name)
    if skill.confirm:
        check_template(skill.confirm, known, where=f"{where}.confirm")
    if skill.call is not None:
        _check_call(skill.call, where=f"{where}.call", origins=origins, known=known)
        known |= set(skill.call.results)
    known |= _results_of_a_class(skill, where, known)
    if not skill.is_plain:
        check_template(skill.answer, known, where=f"{where}.answer")
    elif skill.is_flow or skill.calls:
        raise ConfigurationError(f"{where} has approved_by, and only a plain answer has that. Remove it.")


def _results_of_a_class(skill: Skill, where: str, known: Collection[str]) -> set[str]:
    if skill.python is None:
        return set()
    if skill.call is not None:
        raise ConfigurationError(f"{where} has both `call` and `python`. Keep one.")
    results = set(skill.python.results)
    if taken := sorted(results.intersection(known)):
        raise ConfigurationError(f"{where}.python.results has {taken[0]!r}, which is taken. Rename it.")
    return results


def check_together(skills: Iterable[Skill], *, where: str) -> None:
    """Whether the skills of one bot can live side by side.

    Raises:
        ConfigurationError: names both.
    """
    versions: dict[str, list[Skill]] = {}
    for skill in skills:
        versions.setdefault(skill.id, []).append(skill)
    for name, ones in versions.items():
        if len({one.version for one in ones}) < len(ones):
            raise ConfigurationError(f"{where} has the skill {name} twice in one version. Count one up.")
        tried = [one for one in ones if one.percent is not None]
        if len(ones) > 2 or (len(ones) == 2 and len(tried) != 1):  # noqa: PLR2004 - the old and the new
            raise ConfigurationError(
                f"{where} has {len(ones)} versions of the skill {name}. Keep one, or two of which the newer "
                "has a `percent`."
            )
        if tried and (len(ones) == 1 or tried[0].version != max(one.version for one in ones)):
            raise ConfigurationError(
                f"{where}: the skill {name} has a `percent` without an older version beside it. Remove it."
            )


def _check_triggers(skill: Skill, where: str) -> None:
    triggers = skill.triggers
    if not any((triggers.questions, triggers.any, triggers.all, triggers.pattern, triggers.command)):
        raise ConfigurationError(f"{where}.triggers is empty, so nothing starts the skill. Name a word.")
    for text in (*triggers.questions, *triggers.any, *triggers.all):
        if not key_of(text) or not words_of(text).strip():
            raise ConfigurationError(f"{where}.triggers has {text!r}, in which there is no letter or digit.")
    if triggers.pattern:
        pattern = safe_pattern(triggers.pattern, where=f"{where}.triggers.pattern")
        if pattern.search(""):
            raise ConfigurationError(f"{where}.triggers.pattern fits every message. Make it say more.")
    if triggers.command and not COMMAND.fullmatch(triggers.command):
        raise ConfigurationError(
            f"{where}.triggers.command is {triggers.command!r}. It begins with / and has no blank."
        )


def _check_step(step: Step, where: str, known: Collection[str]) -> None:
    if step.name in known:
        raise ConfigurationError(f"{where}.name is {step.name!r}, which is taken. Call it something else.")
    if (step.kind == "choice") is not bool(step.choices):
        raise ConfigurationError(f"{where} is a choice exactly when it has `choices`. Correct one of them.")
    if len({key_of(choice) for choice in step.choices}) < len(step.choices):
        raise ConfigurationError(f"{where}.choices are not different enough to be told apart when typed.")
    if step.pattern:
        if step.kind != "text":
            raise ConfigurationError(f"{where}.pattern is for texts only. Remove it.")
        safe_pattern(step.pattern, where=f"{where}.pattern")
        if step.longest > 200:  # noqa: PLR2004 - a pattern is matched against no more
            raise ConfigurationError(f"{where}.longest must be 200 at most beside a pattern. Correct it.")
    if (step.least is not None or step.most is not None) and step.kind not in ("number", "date"):
        raise ConfigurationError(f"{where}.least and most are for numbers and dates only. Remove them.")


def _check_call(call: Call, *, where: str, origins: Collection[str], known: Collection[str]) -> None:
    _check_address(call, where, origins)
    check_template(call.url, known, where=f"{where}.url")
    for name, value in call.body.items():
        if isinstance(value, str):
            check_template(value, known, where=f"{where}.body.{name}")
    if call.body and call.method == "GET":
        raise ConfigurationError(f"{where} is a GET, which carries no body. Use POST, or remove the body.")
    _check_headers(call, where)
    _check_results(call, where, known)


def _check_address(call: Call, where: str, origins: Collection[str]) -> None:
    try:
        parts = urlsplit(call.url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or "{" in parts.netloc or "@" in parts.netloc:
        raise ConfigurationError(
            f"{where}.url must start with http:// or https:// and a host without variables or a password."
        )
    if not any(has_origin(call.url, origin) for origin in origins):
        raise ConfigurationError(
            f"{where}.url leads to {parts.scheme}://{parts.netloc}, which skills may not call. Add it to the "
            "bot's skills.origins, or correct the address."
        )


def _check_headers(call: Call, where: str) -> None:
    if call.secret and not call.secret.startswith(SCHEMES):
        raise ConfigurationError(f"{where}.secret must be a reference such as env:NAME or file:/path.")
    for name in (*call.headers, call.secret_header):
        if not _HEADER.fullmatch(name) or name.lower() in _OWN_HEADERS:
            raise ConfigurationError(f"{where} has the header {name!r}, which it may not send. Remove it.")
    for name, value in call.headers.items():
        if not value.isprintable() or not value.isascii():
            raise ConfigurationError(f"{where}.headers.{name} is no header's value. Correct it.")


def _check_results(call: Call, where: str, known: Collection[str]) -> None:
    for name, written in call.results.items():
        if name in known:
            raise ConfigurationError(f"{where}.results has {name!r}, which is taken. Call it something else.")
        try:
            place(written)
        except ValueError as error:
            raise ConfigurationError(f"{where}.results.{name}: {error}.") from None
    for status in call.refused:
        if not (status.isdecimal() and 400 <= int(status) <= 499):  # noqa: PLR2004 - HTTP
            raise ConfigurationError(f"{where}.refused has {status!r}. It is an HTTP status such as 409.")
