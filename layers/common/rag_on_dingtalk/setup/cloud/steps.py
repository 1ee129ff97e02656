"""The steps in the cloud in their order, and carrying them out one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rag_on_dingtalk.doctor.line import Line, unchecked, well, wrong
from rag_on_dingtalk.errors import BotError
from rag_on_dingtalk.setup.cloud.instance import Instance
from rag_on_dingtalk.setup.cloud.logs import Copy, Index, Project, Store
from rag_on_dingtalk.setup.cloud.ram import Attachment, Policy, Role, filled_in
from rag_on_dingtalk.setup.cloud.tables import Tables
from rag_on_dingtalk.setup.place import CONSOLE, FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
    from pathlib import Path

    from rag_on_dingtalk.cloud.acs3 import Credentials
    from rag_on_dingtalk.setup.cloud.calls import Cloud
    from rag_on_dingtalk.setup.cloud.log_facts import LogFacts
    from rag_on_dingtalk.setup.cloud.step import Look, Step
    from rag_on_dingtalk.setup.place import Place


class Confirm(Protocol):
    """Asks whether something that is there may be changed."""

    def __call__(self, prompt: str) -> bool:
        """Whether it may."""
        ...


def all_steps(
    place: Place,
    cloud: Cloud,
    *,
    policies: Path,
    logs: LogFacts,
    credentials: Credentials,
    sleep: Callable[[float], Awaitable[None]],
    console: bool = False,
) -> list[Step]:
    """Everything that has to be there before the functions.

    console: whether there is one. policies: the folder infra/policies. sleep: seconds → waits.

    Raises:
        ConfigurationError: a document of infra/policies cannot be filled in.
    """
    steps: list[Step] = []
    trust = filled_in(policies / "trust.json", {})
    for function in (*FUNCTIONS, *((CONSOLE,) if console else ())):
        name = place.role(function)
        document = filled_in(policies / f"{function}.json", place.policy_values)
        steps += [
            Role(cloud, name, description=f"Taken by the function {name}", trust=trust),
            Policy(cloud, name, description=f"All that {name} may do", document=document),
            Attachment(cloud, name),
        ]
    steps += [
        Instance(cloud, place.instance, description=f"State of {place.app}", sleep=sleep),
        Tables(
            endpoint=place.endpoint,
            name=place.instance,
            region=place.region,
            credentials=credentials,
            sleep=sleep,
        ),
        Project(cloud, place.log_project, description=f"Logs of {place.app}"),
        Store(cloud, place.log_project, logs.functions, days=place.log_days),
        Index(cloud, place.log_project, logs.functions),
        Store(cloud, place.log_project, logs.audit, days=logs.audit.days),
        Index(cloud, place.log_project, logs.audit),
    ]
    return [*steps, *_copying(place, cloud, policies=policies, logs=logs)]


def _copying(place: Place, cloud: Cloud, *, policies: Path, logs: LogFacts) -> list[Step]:
    """The role that Log Service takes, and the job that copies the audit's lines."""
    name, values = place.role("log_copier"), place.policy_values
    trust = filled_in(policies / "trust-log.json", {})
    document = filled_in(policies / "log_copier.json", values)
    job = filled_in(logs.copy_file, values)
    return [
        Role(cloud, name, description="Copies the lines of the audit", trust=trust, taker="Log Service"),
        Policy(cloud, name, description=f"All that {name} may do", document=document),
        Attachment(cloud, name),
        Copy(cloud, place.log_project, job, role=name),
    ]


async def carry_out(steps: Sequence[Step], *, dry: bool, confirm: Confirm, run: str) -> AsyncIterator[Line]:
    """Look at each thing, make what is missing, look again; one line each, and `doctor`'s about the tables.

    dry: look only. run: names a row that comes and goes.
    """
    absent: set[str] = set()
    for step in steps:
        if step.needs in absent:
            absent.add(step.subject)
            yield (
                Line("–", step.subject, "would be made.")
                if dry
                else unchecked(step.subject, f"{step.needs} comes first.")
            )
            continue
        line = await _one(step, dry=dry, confirm=confirm)
        if line.mark == "✗" or (dry and line.sentence == _WOULD):
            absent.add(step.subject)
        yield line
        if isinstance(step, Tables) and line.mark != "✗" and not dry:
            for judged in await step.lines(run):
                yield judged


_WOULD = "would be made."


async def _one(step: Step, *, dry: bool, confirm: Confirm) -> Line:
    try:
        look = await step.look()
        if look.state == "there":
            return well(step.subject, _sentence("is there already", look))
        if dry:
            return Line("–", step.subject, _WOULD if look.state == "missing" else f"{_difference(look)}.")
        if look.state == "differs" and not (
            look.repairable and confirm(f"{step.subject}: {_difference(look)}. Change that?")
        ):
            return Line("–", step.subject, f"{_difference(look)}; left as it is.")
        await step.make()
        after = await step.look()
    except BotError as error:
        return wrong(step.subject, str(error))
    if after.state == "missing" or (after.state == "differs" and look.state == "differs"):
        return wrong(
            step.subject,
            "was made and does not show yet. Run setup again in a minute; it goes on where it stopped.",
        )
    return well(step.subject, _sentence("made" if look.state == "missing" else "changed", after))


def _sentence(word: str, look: Look) -> str:
    return f"{word}: {look.sentence}." if look.sentence else f"{word}."


def _difference(look: Look) -> str:
    return f"is there, but {look.sentence}"


def commands(steps: Sequence[Step]) -> Iterator[str]:
    """What to type to do the same by hand."""
    for step in steps:
        yield from step.commands()
