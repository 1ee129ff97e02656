"""What `check` finds out about an app of Dify."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.base import Finding
from rag_on_dingtalk.backends.dify.failures import WRONG_KIND
from rag_on_dingtalk.backends.probing import Stopwatch
from rag_on_dingtalk.backends.transport.reply import object_of, objects

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from rag_on_dingtalk.backends.transport.reply import Reply
    from rag_on_dingtalk.backends.transport.stream import Channel
    from rag_on_dingtalk.errors import BackendError
    from rag_on_dingtalk.settings.sections.backends import Dify

_CHATS = ("chat", "agent", "chatflow")

#: What `/info` calls the kinds that are asked in the same way.
_MODES = {
    **dict.fromkeys(_CHATS, ("chat", "agent-chat", "agent", "advanced-chat")),
    "workflow": ("workflow",),
    "completion": ("completion",),
}

#: Names the user that Dify wants with every request.
_USER = "rag-on-dingtalk-check"


async def inspect(
    settings: Dify, api: str, ask_url: str, channel: Channel, refused: Callable[[Reply], BackendError]
) -> AsyncIterator[Finding]:
    """Findings that cost no answer.

    Raises:
        BackendError: one of the calls failed.
    """
    watch = Stopwatch()
    info = await channel.call("GET", f"{api}/info", fields={"user": _USER})
    round_trip = str(watch)
    if not (info.well and info.document):
        raise refused(info)
    detail = f"Dify {_version(info.document)} answers, round trip {round_trip}."
    yield Finding("reachable", well=True, detail=detail)
    yield Finding("key", well=True, detail=f"The key is accepted; it is that of {_name(info.document)}.")
    yield await _kind(settings, info.document, ask_url, channel)
    parameters = await channel.call("GET", f"{api}/parameters", fields={"user": _USER})
    if parameters.well:
        for finding in _form(settings, _variables(parameters.document)):
            yield finding


def _version(info: dict[str, Any]) -> str:
    # There is no version to ask for; each of these came with one.
    if "mode" in info:
        return "1.x"
    return "0.15 or thereabouts" if "tags" in info else "0.6 or thereabouts"


def _name(info: dict[str, Any]) -> str:
    return f"the app {info.get('name') or 'without a name'}"


async def _kind(settings: Dify, info: dict[str, Any], ask_url: str, channel: Channel) -> Finding:
    if "mode" in info:
        mode = str(info["mode"])
        well = mode in _MODES[settings.app]
        found = f"The app is of the kind {mode}"
    else:
        # Refused either way: for its missing question, or, before that, for the kind of the app.
        trial = await channel.call("POST", ask_url, {"user": _USER})
        well = trial.document.get("code") not in WRONG_KIND
        found = "The app can be asked" if well else f"The app is of another kind ({trial.text('message')})"
    if well:
        return Finding("target", well=True, detail=f"{found}, as backend.app says ({settings.app}).")
    return Finding(
        "target", well=False, detail=f"{found}, but backend.app says {settings.app}. Correct it in bots.yaml."
    )


def _variables(parameters: dict[str, Any]) -> dict[str, bool]:
    """The variables of the app's form, and whether each is required."""
    # Each is an object with one member, named after its control: {"text-input": {"variable": …}}.
    controls = [
        object_of(control) for one in objects(parameters.get("user_input_form")) for control in one.values()
    ]
    return {str(control.get("variable")): bool(control.get("required")) for control in controls}


def _form(settings: Dify, variables: dict[str, bool]) -> list[Finding]:
    given = set(settings.inputs)
    wrong = []
    if settings.app not in _CHATS:
        given.add(settings.query_input)
        if settings.query_input not in variables:
            names = ", ".join(variables) or "none"
            wrong.append(
                f"The app has no input variable {settings.query_input} for the question; it has: {names}. "
                "Correct backend.query_input."
            )
    missing = [name for name, required in variables.items() if required and name not in given]
    if missing:
        wrong.append(f"The app's form requires {', '.join(missing)}. Give values under backend.inputs.")
    return [Finding("target", well=False, detail=detail) for detail in wrong]
