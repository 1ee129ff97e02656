"""The bots' skills on their way from the files beside `bots.yaml` to the functions.

They travel in a file of their own beside the compiled bots: the callback never reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.knowledge.skills import own_questions
from rag_on_dingtalk.knowledge.skills.checking import check_skill, check_together
from rag_on_dingtalk.knowledge.skills.skill import Skill
from rag_on_dingtalk.settings.beside import write_beside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rag_on_dingtalk.settings.bot import Bot

#: Beside the compiled bots.
SKILLS_FILE = "skills.json"
_COMPILE_AGAIN = "Make it with `python -m rag_on_dingtalk compile`."


def compile_skills(bots: Mapping[str, Bot], folder: Path) -> bytes:
    """The compiled skills of all bots; empty: no bot has a file of them.

    folder: of bots.yaml.

    Raises:
        ConfigurationError: a file is missing, holds a mistake, or a skill's own question comes out otherwise.
    """
    names = dict.fromkeys(name for bot in bots.values() for name in bot.skills.files)
    files = {name: read_skills(folder / name, name) for name in names}
    for name, bot in bots.items():
        check_skills(name, bot, [skill for file in bot.skills.files for skill in files[file]])
    return msgspec.json.encode(files) if names else b""


def write_skills(bots: Mapping[str, Bot], folder: Path, compiled: Path) -> None:
    """Write the skills beside the compiled bots; without any a file from before goes away.

    Raises:
        ConfigurationError: as for `compile_skills`.
        OSError: it cannot be written.
    """
    write_beside(compiled, SKILLS_FILE, compile_skills(bots, folder))


def check_skill_files(bots: Mapping[str, Bot], file: Path) -> None:
    """Whether every skill of the bots can be used.

    file: a bots.yaml, or a compiled one with the compiled skills beside it.

    Raises:
        ConfigurationError: as for `compile_skills` and `load_skills`.
    """
    for name, bot in bots.items():
        check_skills(name, bot, skills_beside(bot.skills.files, file))


def skills_beside(names: Sequence[str], file: Path) -> list[Skill]:
    """The skills of one bot, compiled or as they are written.

    file: as for `check_skill_files`.

    Raises:
        ConfigurationError: as for `read_skills` and `load_skills`.
    """
    if file.with_name(SKILLS_FILE).exists():
        return load_skills(names, file)
    return [skill for name in names for skill in read_skills(file.parent / name, name)]


def load_skills(names: Sequence[str], compiled_bots: Path) -> list[Skill]:
    """The skills of one bot.

    names: `skills.files`. compiled_bots: the file that BOTS_FILE names.

    Raises:
        ConfigurationError: the compiled skills are not there.
    """
    if not names:
        return []
    file = compiled_bots.with_name(SKILLS_FILE)
    try:
        files = msgspec.json.decode(file.read_bytes(), type=dict[str, list[Skill]])
        return [skill for name in names for skill in files[name]]
    except (OSError, msgspec.DecodeError, KeyError) as error:
        raise ConfigurationError(
            f"{file} cannot be used ({type(error).__name__}), and the bot's skills are in it. "
            f"{_COMPILE_AGAIN}"
        ) from error


def check_skills(name: str, bot: Bot, skills: Sequence[Skill]) -> None:
    """The skills of one bot, each by itself and all together, with their own questions.

    Raises:
        ConfigurationError: names the skill, and what to do.
    """
    where = f"bots.{name}.skills"
    routes = [route.name for route in bot.all_routes]
    for skill in skills:
        check_skill(skill, where=f"{where}: {skill.id}", origins=bot.skills.origins, routes=routes)
        if skill.python is not None:
            from rag_on_dingtalk.knowledge.skills.calling import own_class  # it loads what asks backends

            own_class(skill.python)
    check_together(skills, where=where)
    for problem in own_questions.failures(skills):
        raise ConfigurationError(f"{where}: {problem}")


def read_skills(path: Path, name: str) -> list[Skill]:
    """The skills of one YAML file.

    name: of the file, for errors.

    Raises:
        ConfigurationError: it cannot be read, or a setting is wrong; says where.
    """
    import yaml  # the functions have no YAML reader

    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        problem = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigurationError(f"{name} cannot be read: {problem}. It belongs beside bots.yaml.") from error
    except (yaml.YAMLError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        at = "" if line is None else f" in line {line + 1}"
        raise ConfigurationError(f"{name} is not valid YAML{at}. Correct it.") from error
    return skills_of(document, name)


def skills_of(document: Any, name: str) -> list[Skill]:
    """The skills of a parsed file.

    Raises:
        ConfigurationError: as for `read_skills`.
    """
    if not isinstance(document, dict) or list(document) != ["skills"]:
        raise ConfigurationError(f"{name} must hold `skills:` with a list below it, and nothing else.")
    try:
        return msgspec.convert(document["skills"], list[Skill])
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$")
        raise ConfigurationError(f"{name} is wrong at skills{place.rstrip('`')}: {problem}.") from error
