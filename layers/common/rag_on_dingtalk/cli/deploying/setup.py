"""`setup`: ask what is needed, write the files, make what has to be there, check it."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rag_on_dingtalk.cli.needed import callback_url
from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    import argparse

    from rag_on_dingtalk.cli.needed import Commands
    from rag_on_dingtalk.setup.task import Task

_DESCRIPTION = """\
Asks what a deployment needs, or takes it from flags, an answers file, .env and bots.yaml; writes .env,
bots.yaml and, for Terraform, terraform.tfvars; makes roles, Tablestore and logs in the cloud for Serverless
Devs; checks each step, and says what to paste where in DingTalk's console. It shows every difference before
it writes, keeps what it does not know, shows no secret, and can be run again at any time. Secrets have no
flags: they come from the environment, .env or the answers file, or are asked for without being shown. The
exit status is 1 when anything is wrong.
"""
_ROOT = Path(__file__).parents[5]


def add(commands: Commands) -> None:
    """Offer the command."""
    # Pure, and the flags are made of it.
    from rag_on_dingtalk.setup.asking.questions import every_question

    parser = commands.add_parser(
        "setup", help="write the files, make roles, tables and logs, and check them", description=_DESCRIPTION
    )
    parser.add_argument("--dry-run", action="store_true", help="print the plan and change nothing")
    parser.add_argument("--yes", action="store_true", help="ask nothing; take defaults, agree to changes")
    parser.add_argument("--answers", type=Path, metavar="FILE", help="answers by name, in YAML")
    parser.add_argument(
        "--print-commands", action="store_true", help="print commands for the cloud instead of calling it"
    )
    parser.add_argument("--no-doctor", action="store_true", help="do not try DingTalk and the knowledge base")
    parser.add_argument(
        "--folder", type=Path, default=Path(), metavar="DIR", help="where the files go (default: here)"
    )
    parser.add_argument("--url", default="", help="the callback function's address, once it is deployed")
    flags = parser.add_argument_group("answers")
    for question in every_question().values():
        choices = f" ({', '.join(question.choices)})" if question.choices else ""
        flags.add_argument(
            question.flag,
            default="",
            dest=f"answer_{question.name}",
            metavar=question.name.upper(),
            help=(question.prompt + choices).replace("%", "%%"),
        )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from rag_on_dingtalk.setup.asking.answers import read_answers
    from rag_on_dingtalk.setup.asking.questions import every_question
    from rag_on_dingtalk.setup.task import Task

    if not (_ROOT / "infra" / "policies").is_dir():
        raise ConfigurationError(
            f"{_ROOT} is no checkout of the repository. Run setup from one, after `make install`."
        )
    if not arguments.folder.is_dir():
        raise ConfigurationError(
            f"There is no folder {arguments.folder}. Make it, or name another with --folder."
        )
    given = {name: getattr(arguments, f"answer_{name}") for name in every_question()}
    task = Task(
        root=_ROOT,
        folder=arguments.folder.resolve(),
        url=callback_url(arguments.url),
        dry=arguments.dry_run,
        by_hand=arguments.print_commands,
        doctor=not arguments.no_doctor,
        flags={name: value for name, value in given.items() if value},
        answers=read_answers(arguments.answers) if arguments.answers else {},
    )
    try:
        return asyncio.run(_carry_out(task, ask=not arguments.yes))
    except KeyboardInterrupt:
        print("\nStopped. What was made stays; run setup again to go on.", file=sys.stderr)  # noqa: T201 - as below
        return 130


async def _carry_out(task: Task, *, ask: bool) -> int:
    # Heavy, and no other command needs them.
    from rag_on_dingtalk.doctor.web import Web
    from rag_on_dingtalk.setup.asking.secrets import LETTERS_AND_DIGITS
    from rag_on_dingtalk.setup.asking.terminal import Terminal
    from rag_on_dingtalk.setup.run import Setup
    from rag_on_dingtalk.setup.task import Surroundings

    if ask and not sys.stdin.isatty():
        raise ConfigurationError(
            "Setup asks questions, and this is no terminal. Give --yes, with --answers FILE or flags."
        )
    terminal = Terminal(_say)
    async with Web() as web:
        around = Surroundings(
            environ=os.environ,
            web=web,
            person=terminal if ask else None,
            confirm=terminal.confirm if ask else lambda _: True,
            say=_say,
            sleep=asyncio.sleep,
            make=lambda length: "".join(secrets.choice(LETTERS_AND_DIGITS) for _ in range(length)),
            run=secrets.token_hex(6),
        )
        return await Setup(task, around).carry_out()


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command's output
