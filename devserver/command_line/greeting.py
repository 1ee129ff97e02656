"""What `python -m devserver` says once it runs."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING

from devserver.command_line.parser import DEFAULT_DATA
from devserver.settings import DEFAULT_PORT

if TYPE_CHECKING:
    from devserver.settings import Settings
    from devserver.system import LocalSystem


def greeting(system: LocalSystem, settings: Settings, url: str, *, page: bool) -> str:
    """What is printed once the system runs.

    url: where the page and the API are.
    page: whether the page is served.
    """
    bots = ", ".join(f"{bot.title} ({name})" for name, bot in system.bots.bots.items())
    where = f"Kept in {settings.data}" if settings.data else "Nothing is kept"
    chosen = url.rpartition(":")[2]
    # The interpreter that has the dependencies, as short as it can be typed.
    python = min(os.path.relpath(sys.executable), sys.executable, key=len)
    ask = f"{python} -m devserver.ask" + ("" if chosen == str(DEFAULT_PORT) else f" --port {chosen}")
    zips = f"  Runs:     the zips in {settings.zips}\n" if settings.zips else ""
    data = "" if str(settings.data) == DEFAULT_DATA else f" --data {shlex.quote(str(settings.data))}"
    tools = f'  Tools:    eval "$({python} -m devserver --env{data})" && {python} -m rag_on_dingtalk doctor\n'
    tools = tools if settings.data else ""
    console = f"  Console:  {system.console_url}\n" if system.console_url else ""
    return (
        f"{'The chat' if page else 'The API'} is at {url}\n"
        f"  Bots:     {bots}\n"
        f"  Answers:  {answers_from(system, settings)}\n"
        f"{zips}"
        f'  Try:      最新的差旅报销标准是什么？  or in a terminal: {ask} "年假有几天？"\n'
        f"{console}"
        f"{tools}"
        f"  {where}. Ctrl-C ends everything."
    )


def answers_from(system: LocalSystem, settings: Settings) -> str:
    """Where the answers come from."""
    if settings.backend:
        return f"from {settings.backend}"
    if not settings.demo_bots:
        return f"from what {settings.bots} names"
    spoken = f" as {system.knowledge.product}"
    if system.knowledge.model == "quote":
        return (
            f"quoted from emulators/rag_server/handbook{spoken} "
            "(OPENAI_BASE_URL, _API_KEY and _MODEL: written by a model)"
        )
    return f"written by {system.knowledge.model} from emulators/rag_server/handbook{spoken}"
