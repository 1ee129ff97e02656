"""What extends infra/s.yaml: a function for each bot that has an `answer_function`, and the console."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.settings.bot import Bots

INFRA = Path(__file__).parents[1]
OUTPUT = INFRA / "s.bots.yaml"
CONSOLE = "console"

_HEAD = """\
# Written by `python -m infra.answer_functions` from bots.yaml: write it anew when that changes.
# `s deploy -t infra/s.bots.yaml` deploys everything; below are the functions that bots.yaml decides about.
"""


#: What a function in a VPC has besides.
_NETWORK = ("internetAccess", "vpcConfig")


def own_functions(document: Mapping[str, Any], bots: Bots) -> dict[str, Any]:
    """A resource for each bot with an `answer_function`: async_answer's under another name, in other numbers.

    And the console's, where there is one.

    document: an s.yaml.
    """
    shared = document["resources"]["async_answer"]
    found = {}
    for name, bot in bots.bots.items():
        if bot.answer_function is None:
            continue
        resource = copy.deepcopy(shared)
        props = resource["props"]
        props["functionName"] = bot.answered_by(props["functionName"], name)
        props["description"] = f"Answers the questions of the bot {name}"
        props["instanceConcurrency"] = bot.answer_function.concurrency
        props["concurrencyConfig"] = {"reservedConcurrency": bot.answer_function.instances}
        found[key_of(name)] = resource
    if bots.console is not None:
        found[CONSOLE] = _console(shared)
    return found


def _console(shared: Mapping[str, Any]) -> dict[str, Any]:
    """The console's function; what concerns all functions is as in `shared`."""
    resource: dict[str, Any] = _read("answer_functions/console.yaml")
    resource["actions"] = copy.deepcopy(shared.get("actions"))
    network = {name: shared["props"][name] for name in _NETWORK if name in shared["props"]}
    resource["props"] |= copy.deepcopy(network)
    return resource


def key_of(bot: str) -> str:
    """What the resource of a bot's function is called."""
    return f"async_answer_{bot.replace('-', '_')}"


def whole(document: Mapping[str, Any], bots: Bots) -> dict[str, Any]:
    """An s.yaml with the functions of single bots in it."""
    return {**document, "resources": {**document["resources"], **own_functions(document, bots)}}


def extension(bots: Bots, *, inside: bool = False) -> str:
    """The file that extends infra/s.yaml, or infra/s.vpc.yaml for functions in a VPC."""
    document = _read("s.yaml")
    if inside:
        document["resources"]["async_answer"]["props"] |= _read("s.vpc.yaml")["resources"]["async_answer"][
            "props"
        ]
    extended = {
        "extend": "./s.vpc.yaml" if inside else "./s.yaml",
        "vars": document["vars"],
        "resources": own_functions(document, bots),
    }
    return _HEAD + yaml.dump(extended, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=200)


def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((INFRA / name).read_text(encoding="utf-8"))
    return document


class _Plain(yaml.SafeDumper):
    """Repeats what occurs twice: `s` reads anchors, a person would rather not."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - as in SafeDumper
        return True
