"""Calling a company's API for a skill: to configured origins only, within limits, its secret never shown."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import anyio
import msgspec

from rag_on_dingtalk.errors import BotError, ConfigurationError, FetchError
from rag_on_dingtalk.knowledge.skills.template import filled_url
from rag_on_dingtalk.net.fetching import Fetcher
from rag_on_dingtalk.settings.kinds.paths import place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rag_on_dingtalk.knowledge.skills.skill import Call, PythonCall
    from rag_on_dingtalk.settings.secret import Secret

_OK = range(200, 300)
#: Of one text in a call's body.
_LONGEST = 1_000


class CallFailedError(BotError):
    """A skill's call gave no result.

    said: what the asker reads instead, from the skill's `refused`; empty: the call failed.
    """

    def __init__(self, message: str, *, said: str = "") -> None:
        super().__init__(message)
        self.said = said


class ApiCaller:
    """Makes the calls of one bot's skills.

    origins: those that may be called. resolve: reference → secret; it blocks, and raises ConfigurationError.
    """

    def __init__(self, origins: Sequence[str], resolve: Callable[[str], Secret]) -> None:
        self._origins = origins
        self._resolve = resolve
        self._secrets: dict[str, Secret] = {}
        self._made: dict[str, Any] = {}

    async def call(self, call: Call, values: Mapping[str, str], *, key: str) -> dict[str, str]:
        """The call's results, by variable.

        values: of the variables that are known. key: the same for every attempt of one call; it is sent as
            `Idempotency-Key` and `X-Request-Id`, so that the API can tell a retry from a second order.

        Raises:
            CallFailedError: there are none.
        """
        fetcher = Fetcher(most_bytes=call.most_bytes, trusted=self._origins, within=call.seconds)
        try:
            url = filled_url(call.url, values)
            headers = await self._headers(call, key)
            body = _body(call, values) if call.method == "POST" else None
            answered = await fetcher.call(call.method, url, headers=headers, body=body)
        except (FetchError, ConfigurationError) as error:
            raise CallFailedError(str(error)) from error
        except ValueError as error:
            raise CallFailedError(f"A value does not fit the address: {error}.") from None
        if said := call.refused.get(str(answered.status)):
            raise CallFailedError(f"The API answered with HTTP status {answered.status}.", said=said)
        if answered.status not in _OK:
            raise CallFailedError(
                f"The API answered with HTTP status {answered.status}. Look into its own log for {key}."
            )
        return _results(call, answered.data)

    async def run(self, python: PythonCall, values: Mapping[str, str], *, key: str) -> dict[str, str]:
        """The same of a class of one's own.

        Raises:
            CallFailedError: it raised, took too long, or returned something else.
        """
        try:
            made = self._made.get(python.factory) or own_class(python)
            self._made[python.factory] = made
            with anyio.fail_after(python.seconds):
                returned = await made.call(dict(values), key)
            return {name: str(returned[name]) for name in python.results}
        except Exception as error:  # noqa: BLE001 - a plug-in may do anything
            # Its own words may hold anything, too.
            what = str(error) if isinstance(error, ConfigurationError) else type(error).__name__
            raise CallFailedError(f"{python.factory} gave no result: {what}. Mend it.") from None

    async def _headers(self, call: Call, key: str) -> dict[str, str]:
        headers = {"Accept": "application/json", **call.headers, "Idempotency-Key": key, "X-Request-Id": key}
        if call.method == "POST":
            headers["Content-Type"] = "application/json"
        if call.secret:
            if call.secret not in self._secrets:
                # KMS is asked over a blocking connection.
                self._secrets[call.secret] = await asyncio.to_thread(self._resolve, call.secret)
            value = self._secrets[call.secret].reveal()
            bearer = call.secret_header.lower() == "authorization" and " " not in value
            headers[call.secret_header] = f"Bearer {value}" if bearer else value
        return headers


def own_class(python: PythonCall) -> Any:
    """The class, made with its settings.

    Raises:
        ConfigurationError: it cannot be loaded, or a setting is wrong.
    """
    from rag_on_dingtalk.plugins.loading import load, settings_of  # most bots have none
    from rag_on_dingtalk.plugins.seams import SKILL_CALL

    found = load(python.factory, SKILL_CALL)
    return found(settings_of(found, python.factory, python.settings, SKILL_CALL))


def _body(call: Call, values: Mapping[str, str]) -> bytes:
    texts = {name: value[:_LONGEST] for name, value in values.items()}
    body: dict[str, Any] = {
        name: value.format_map(texts) if isinstance(value, str) else value
        for name, value in call.body.items()
    }
    return msgspec.json.encode(body)


def _results(call: Call, data: bytes) -> dict[str, str]:
    if not call.results:
        return {}
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise CallFailedError("The API did not answer with JSON. Correct the skill, or the API.") from None
    results: dict[str, str] = {}
    for name, written in call.results.items():
        found = place(written).find(document)
        if not found or not all(isinstance(one, str | int | float | bool) for one in found):
            raise CallFailedError(f"The API's answer has no text or number at {written}. Correct the skill.")
        results[name] = "、".join(_written(one) for one in found)
    return results


def _written(value: str | float | bool) -> str:  # noqa: FBT001 - a value of JSON
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)
