"""The bots' word lists on their way from the files beside `bots.yaml` to the functions.

They travel in a file of their own beside the compiled bots: the callback never reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.safety.words.word_file import read_words
from rag_on_dingtalk.safety.words.word_filter import WordFilter
from rag_on_dingtalk.safety.words.word_rule import WordRule
from rag_on_dingtalk.settings.beside import write_beside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rag_on_dingtalk.settings.bot import Bot

#: Beside the compiled bots.
WORDS_FILE = "words.json"

_COMPILE_AGAIN = "Make it with `python -m rag_on_dingtalk compile`."


def compile_words(bots: Mapping[str, Bot], folder: Path) -> bytes:
    """The compiled lists of all bots; empty: no bot has one.

    folder: of bots.yaml.

    Raises:
        ConfigurationError: a file is missing or holds a mistake; names it.
    """
    names = dict.fromkeys(name for bot in bots.values() for name in bot.safety.words)
    return msgspec.json.encode({name: _read(folder, name) for name in names}) if names else b""


def write_words(bots: Mapping[str, Bot], folder: Path, compiled: Path) -> None:
    """Write the lists beside the compiled bots; without lists a file from before goes away.

    Raises:
        ConfigurationError: as for `compile_words`.
        OSError: it cannot be written.
    """
    write_beside(compiled, WORDS_FILE, compile_words(bots, folder))


def check_words(bots: Mapping[str, Bot], file: Path) -> None:
    """Whether every list of the bots can be used.

    file: a bots.yaml, or a compiled one with the compiled lists beside it.

    Raises:
        ConfigurationError: as for `compile_words` and `load_filter`.
    """
    if file.with_name(WORDS_FILE).exists():
        for bot in bots.values():
            load_filter(bot.safety.words, file)
    else:
        compile_words(bots, file.parent)


def load_filter(names: Sequence[str], compiled_bots: Path) -> WordFilter | None:
    """The words of one bot, ready to be found; None: it has none.

    names: `safety.words`. compiled_bots: the file that BOTS_FILE names.

    Raises:
        ConfigurationError: the compiled lists are not there.
    """
    if not names:
        return None
    file = compiled_bots.with_name(WORDS_FILE)
    try:
        lists = msgspec.json.decode(file.read_bytes(), type=dict[str, list[WordRule]])
        return WordFilter(rule for name in names for rule in lists[name])
    except (OSError, msgspec.DecodeError, KeyError) as error:
        # The error may quote a line of the file.
        raise ConfigurationError(
            f"{file} cannot be used ({type(error).__name__}), and the bot must not answer without its word "
            f"lists. {_COMPILE_AGAIN}"
        ) from None


def _read(folder: Path, name: str) -> list[WordRule]:
    try:
        text = (folder / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigurationError(
            f"The word list {name} cannot be read: {problem}. It belongs beside bots.yaml."
        ) from error
    return list(read_words(text, name))
