"""Every command that a document shows could be typed: its program, its options and its files exist."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import re
import shlex
from functools import lru_cache
from itertools import dropwhile, groupby
from typing import TYPE_CHECKING

import msgspec
import pytest
import yaml

from devserver.ask.__main__ import build_parser as ask_parser
from devserver.chaos.__main__ import build_parser as chaos_parser
from devserver.command_line.options import every_fault
from devserver.command_line.parser import build_parser as local_parser
from devserver.simulation.__main__ import build_parser as simulation_parser
from infra.package.__main__ import build_parser as package_parser
from infra.package.names import build_parser as names_parser
from infra.release.__main__ import build_parser as release_parser
from rag_on_dingtalk import cli
from tests.infra.documents.texts import DOCUMENTS, ROOT, inline, of_each, text, typed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAKEFILE = text(ROOT / "Makefile")
S_YAML = yaml.safe_load(text(ROOT / "infra" / "s.yaml"))
MAKE_TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
MAKE_VARIABLES = set(re.findall(r"\$\((?:or \$\()?([A-Z_]+)\)", MAKEFILE)) | {
    "CHAOS_N",
    "CHAOS_SEED",
    "SIM_N",
    "SIM_SEED",
    "RUNS",
    "HOGS",
    "SEED",
}
#: Whose options the target's ARGS are.
BEHIND_MAKE = {
    "demo": "devserver",
    "live": "devserver",
    "ask": "devserver.ask",
    "chaos": "devserver.chaos",
    "simulate": "devserver.simulation",
    "package": "infra.package",
}

#: Terraform's own, as far as the documents need them.
TERRAFORM_VERBS = {"init", "plan", "apply", "output", "workspace", "state", "destroy"}
#: Written by `python -m infra.answer_functions`, and kept out of git.
MADE_BY_A_COMMAND = {"infra/s.bots.yaml"}
#: Of Serverless Devs itself, and those that component fc3 gives every function.
S_VERBS = {"config", "deploy", "remove", "version", "alias", "concurrency"}


class Command(msgspec.Struct, frozen=True):
    """complete: False inside a sentence, where something may be left out."""

    words: tuple[str, ...]
    complete: bool


def own_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True, metavar="command")
    for command in cli._COMMANDS:
        command.add(commands)
    return parser


PARSERS = {
    "rag_on_dingtalk": own_parser(),
    "devserver": local_parser(every_fault()),
    "devserver.ask": ask_parser(),
    "devserver.chaos": chaos_parser({}),
    "devserver.simulation": simulation_parser({}),
    "infra.package": package_parser(),
    "infra.package.names": names_parser(),
    "infra.release": release_parser(),
}


def read(line: str, *, complete: bool) -> Iterator[Command]:
    """The commands of one line, without variables set for them; two blanks begin a remark."""
    lexer = shlex.shlex(re.split(r"\s{2,}", line.strip())[0], posix=True, punctuation_chars=";&|")
    lexer.whitespace_split = True
    lexer.commenters = "#" if complete else ""
    try:
        words = list(lexer)
    except ValueError:
        return
    for separator, command in groupby(words, lambda word: set(word) <= set(";&|")):
        rest = tuple(dropwhile(lambda word: re.match(r"[A-Z_]+=", word), command))
        if rest and not separator:
            yield Command(rest, complete)


@lru_cache(None)
def commands(path: Path) -> tuple[Command, ...]:
    shown = [(line, True) for line in typed(path)] + [(piece, False) for piece in inline(path)]
    return tuple(command for line, complete in shown for command in read(line, complete=complete))


def complaint(command: Command) -> str:
    """What a person who typed it would be answered; empty: it would be carried out."""
    program, *rest = command.words
    if program.rpartition("/")[2].startswith("python") and rest[:1] == ["-m"] and len(rest) > 1:
        return _module(rest[1], rest[2:], complete=command.complete)
    if program == "make" and rest:
        return _make(rest[0], rest[1:], complete=command.complete)
    return ""


def _module(name: str, arguments: list[str], *, complete: bool) -> str:
    name = name.rstrip("…")
    try:
        found = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        found = None
    if found is None:
        return f"there is no module {name}"
    if name not in PARSERS:
        return f"{name} takes no arguments" if arguments else ""
    said = io.StringIO()
    # A placeholder for a number.
    typed_in = ["1" if argument == "N" else argument for argument in arguments if argument != "…"]
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            PARSERS[name].parse_args(typed_in)
        except SystemExit as ended:
            if ended.code and (complete or "required" not in said.getvalue()):
                return said.getvalue().strip().splitlines()[-1]
    return ""


def _make(target: str, rest: list[str], *, complete: bool) -> str:
    if target not in MAKE_TARGETS:
        return f"there is no target {target}"
    given = dict(word.split("=", 1) for word in rest if "=" in word)
    if unknown := set(given) - MAKE_VARIABLES:
        return f"the Makefile knows no {', '.join(sorted(unknown))}"
    if target not in BEHIND_MAKE:
        return ""
    question = [given["Q"]] if "Q" in given else []
    return _module(BEHIND_MAKE[target], shlex.split(given.get("ARGS", "")) + question, complete=complete)


@of_each(DOCUMENTS)
def test_every_command_of_ours_that_is_shown_is_carried_out(document: Path) -> None:
    wrong = {" ".join(command.words): complaint(command) for command in commands(document)}

    assert {words: said for words, said in wrong.items() if said} == {}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (".venv/bin/python -m rag_on_dingtalk check --nope", "--nope"),
        ("set -a; . ./.env; set +a; .venv/bin/python -m rag_on_dingtalk nope", "nope"),
        ("KEY=1 .venv/bin/python -m rag_on_dingtalk cost", "--questions"),
        (".venv/bin/python -m nowhere.at_all", "no module"),
        (".venv/bin/python -m infra.settings --nope", "no arguments"),
        ("make nowhere", "no target"),
        ('make demo ARGS="--nope"', "--nope"),
        ("make package PYTHOM=3.10", "PYTHOM"),
        ("make package ARGS=--publish  # a remark --nope", ""),
        ('make ask Q="年假有几天？"', ""),
    ],
)
def test_what_could_not_be_typed_is_noticed(line: str, told: str) -> None:
    said = [complaint(command) for command in read(line, complete=True)]

    assert told in "".join(said)
    assert any(said) is bool(told)


def test_enough_commands_are_found_to_be_looked_at() -> None:
    programs = [command.words[0].rpartition("/")[2] for path in DOCUMENTS for command in commands(path)]

    assert min(programs.count(program) for program in ("python", "make", "terraform", "s", "curl")) >= 5


@of_each(DOCUMENTS)
def test_every_terraform_command_names_what_is_there(document: Path) -> None:
    files = "".join(text(path) for path in (ROOT / "infra" / "terraform").glob("*.tf"))
    for command in commands(document):
        if command.words[0] != "terraform" or not command.complete:
            continue
        folder, verb = (word.removeprefix("-chdir=") for word in command.words[1:3])
        assert (ROOT / folder / "versions.tf").is_file()
        assert verb in TERRAFORM_VERBS
        for address in (
            word.removeprefix("-target=") for word in command.words if word.startswith("-target=")
        ):
            kind, name = re.split(r"[.\[]", address)[:2]
            assert f'resource "{kind}" "{name}"' in files


@of_each(DOCUMENTS)
def test_every_command_of_serverless_devs_names_what_is_there(document: Path) -> None:
    for command in commands(document):
        if command.words[0] != "s" or not command.complete:
            continue
        words = command.words[1:]
        verb = words[1] if words[0] in S_YAML["resources"] else words[0]
        assert verb in S_VERBS, words
        files = {words[place + 1] for place, word in enumerate(words) if word == "-t"} - MADE_BY_A_COMMAND
        assert all((ROOT / file).is_file() for file in files)
        assert all(words[place + 1] == S_YAML["access"] for place, word in enumerate(words) if word == "-a")


@of_each(DOCUMENTS)
def test_everything_that_is_copied_or_filled_in_is_there(document: Path) -> None:
    for command in commands(document):
        if command.complete and command.words[0] == "cp" and command.words[1] != "-r":
            assert (ROOT / command.words[1]).is_file()
        if command.complete and command.words[0] == "envsubst":
            file = command.words[command.words.index("<") + 1]
            assert "$function" in file or (ROOT / file).is_file()


@of_each(DOCUMENTS)
def test_a_policy_is_filled_in_with_everything_it_leaves_open(document: Path) -> None:
    functions = ("callback", "async_answer", "failed_answer", "housekeeping")
    files = [
        command.words[command.words.index("<") + 1].replace("$function", function)
        for command in commands(document)
        if command.complete and command.words[0] == "envsubst"
        for function in functions
    ]
    policies = "".join(text(ROOT / file) for file in files)
    known = {
        name
        for line in typed(document)
        if line.startswith("export ")
        for name in re.findall(r"([A-Z_]+)=", line)
    }
    if any("./.env" in line for line in typed(document)):
        known |= set(re.findall(r"^([A-Z_]+)=.", text(ROOT / ".env.example"), re.MULTILINE))

    assert set(re.findall(r"\$\{([A-Z_]+)\}", policies)) - known == set()
