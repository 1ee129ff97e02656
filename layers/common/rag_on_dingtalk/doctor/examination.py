"""The whole examination: every bot, then what they share."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from rag_on_dingtalk.cloud.acs3 import Credentials
from rag_on_dingtalk.cloud.fc_invoke import invoke_endpoint
from rag_on_dingtalk.doctor import bot, clock, configuration
from rag_on_dingtalk.doctor.bot import Surroundings
from rag_on_dingtalk.doctor.cloud import function, tables
from rag_on_dingtalk.doctor.cloud.tablestore import try_rows
from rag_on_dingtalk.doctor.line import Line, unchecked, wrong
from rag_on_dingtalk.doctor.web import get_function
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.bots_file import load_bots

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from rag_on_dingtalk.doctor.web import Web
    from rag_on_dingtalk.settings.bot import Bots


class Wish(msgspec.Struct, frozen=True):
    """What is to be examined.

    url: the callback function's address without a path; empty: what needs it is not checked.
    function: the function that answers; empty: the one the environment names, as for the callback.
    people: staff ids to look up beside the administrators.
    deployed: False: there are no functions yet, and what needs them is not checked.
    """

    bots: Path
    url: str = ""
    function: str = ""
    people: tuple[str, ...] = ()
    deployed: bool = True


async def examine(wish: Wish, environ: Mapping[str, str], web: Web) -> AsyncIterator[Line]:
    """One line after the other.

    environ: as the functions have it, and an access key.
    """
    environ = as_in_the_functions(environ)
    run = uuid.uuid4().hex[:12]
    bots = _load(wish.bots)
    if isinstance(bots, Line):
        yield bots
    else:
        around = Surroundings(environ=environ, url=wish.url, people=wish.people, run=run, bots=wish.bots)
        for name, settings in bots.bots.items():
            async for line in bot.examine(name, settings, around, web):
                yield line
    credentials = Credentials.from_environ(environ)
    has_key = bool(credentials.access_key_id and credentials.access_key_secret)
    for line in await _tablestore(environ, credentials if has_key else None, run):
        yield line
    if wish.deployed:
        yield await _function(wish.function, environ, credentials if has_key else None, web)
    else:
        yield unchecked(function.SUBJECT, "the functions come after this.")
    yield clock.judge(web.readings)


def as_in_the_functions(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with what Function Compute would add: its region and account under its own names.

    On an engineer's machine the region is DEPLOY_REGION: Serverless Devs takes FC_REGION and REGION for a
    sign that it runs inside the region, and uploads to a host that only answers there.
    """
    own = {
        "FC_REGION": environ.get("DEPLOY_REGION", ""),
        "FC_ACCOUNT_ID": environ.get("DEPLOY_ACCOUNT_ID", ""),
    }
    return {**{name: value for name, value in own.items() if value}, **environ}


def _load(path: Path) -> Bots | Line:
    try:
        return load_bots(path)
    except ConfigurationError as error:
        return wrong(configuration.SUBJECT, str(error))


_NO_KEY = "set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET."


async def _tablestore(environ: Mapping[str, str], credentials: Credentials | None, run: str) -> list[Line]:
    endpoint, instance = environ.get("TABLESTORE_ENDPOINT", ""), environ.get("TABLESTORE_INSTANCE", "")
    if credentials is None or not (endpoint and instance):
        why = "set TABLESTORE_ENDPOINT and TABLESTORE_INSTANCE." if credentials else _NO_KEY
        return [unchecked(subject, why) for subject in (tables.TABLES, tables.PERMISSIONS)]
    trials = await try_rows(
        endpoint=endpoint,
        instance=instance,
        region=environ.get("FC_REGION") or environ.get("DEPLOY_REGION", ""),
        credentials=credentials,
        run=run,
    )
    return [tables.judge_tables(trials.reads), tables.judge_permissions(trials.reads, trials.write)]


async def _function(name: str, environ: Mapping[str, str], credentials: Credentials | None, web: Web) -> Line:
    if credentials is None:
        return unchecked(function.SUBJECT, _NO_KEY)
    try:
        endpoint = invoke_endpoint(environ)
    except ConfigurationError as error:
        return unchecked(function.SUBJECT, str(error))
    if not urlsplit(endpoint).netloc:
        return wrong(function.SUBJECT, f"INVOKE_ENDPOINT is {endpoint!r}. It must start with https://.")
    # As infra/s.yaml names it.
    name = (
        name
        or environ.get("ANSWER_FUNCTION", "")
        or f"{environ.get('APP_NAME') or 'rag-on-dingtalk'}-async-answer"
    )
    return function.judge(name, endpoint, *await get_function(web, endpoint, name, credentials))
