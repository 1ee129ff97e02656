"""`bots.yaml` and its compiled form, read and checked.

The functions load the compiled form (JSON, written by `python -m rag_on_dingtalk compile`): they have no YAML
reader, and a mistake is found when packaging rather than with the first question.
"""

from __future__ import annotations

import msgspec

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.bot import Bot, Bots
from rag_on_dingtalk.settings.checks.bots import check
from rag_on_dingtalk.settings.checks.console import convert_console
from rag_on_dingtalk.settings.kinds.naming import with_kinds

_COMPILE_AGAIN = "Make it with `python -m rag_on_dingtalk compile`."


def decode_bots(compiled: bytes) -> Bots:
    """Read the compiled form.

    Raises:
        ConfigurationError: names the place and the problem.
    """
    try:
        return check(msgspec.json.decode(compiled, type=Bots))
    except msgspec.ValidationError as error:
        raise ConfigurationError(
            f"The compiled bots file does not fit this version: {error}. {_COMPILE_AGAIN}"
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The compiled bots file is not JSON: {error}. {_COMPILE_AGAIN}") from error


def convert_bots(document: object) -> Bots:
    """Check a parsed `bots.yaml`.

    Raises:
        ConfigurationError: names the place and the problem.
    """
    if not isinstance(document, dict) or not isinstance(document.get("bots"), dict):
        raise ConfigurationError("bots.yaml must begin with `bots:` and name at least one bot under it.")
    unknown = ", ".join(sorted(str(key) for key in document if key not in ("bots", "console")))
    if unknown:
        raise ConfigurationError(f"bots.yaml has unknown settings beside `bots:`: {unknown}. Remove them.")
    return check(
        Bots(
            bots={str(name): _convert_bot(name, bot) for name, bot in document["bots"].items()},
            console=convert_console(document.get("console")),
        )
    )


def encode_bots(bots: Bots) -> bytes:
    """The compiled form of `bots.yaml`; holds references, never secrets."""
    return msgspec.json.encode(bots)


#: Settings that were renamed, as paths below a bot: the old one and the new one.
_RENAMED = {"backend.patience": "backend.timeouts"}


def _check_renamed(name: object, bot: object) -> None:
    for old, new in _RENAMED.items():
        *parents, key = old.split(".")
        place = bot
        for parent in parents:
            place = place.get(parent) if isinstance(place, dict) else None
        if isinstance(place, dict) and key in place:
            raise ConfigurationError(
                f"bots.{name}.{old} is called {new.rpartition('.')[2]} now, with the same settings in it. "
                "Rename it."
            )


def _convert_bot(name: object, bot: object) -> Bot:
    _check_renamed(name, bot)
    try:
        return msgspec.convert(with_kinds(name, bot), Bot)
    except msgspec.ValidationError as error:
        # msgspec says where as "… - at `$.backend.mode`".
        problem, _, place = str(error).partition(" - at `$")
        raise ConfigurationError(
            f"bots.yaml is wrong at bots.{name}{place.rstrip('`')}: {problem}."
        ) from error
