"""Reading `bots.yaml`. Apart from `bots_document`, so that the functions need no YAML reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.bots_document import convert_bots

if TYPE_CHECKING:
    from pathlib import Path

    from rag_on_dingtalk.settings.bot import Bots


def load_bots(path: Path) -> Bots:
    """The bots of a `bots.yaml`.

    Raises:
        ConfigurationError: the file is missing, is not YAML, or holds a mistake; the message says where.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"There is no file {path}. Copy bots.example.yaml there and adapt it."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}.") from error
    try:
        document = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" in line {mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{path} is not valid YAML{where}: {error.problem}.") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path} is not valid YAML: {error}.") from error
    except RecursionError as error:
        raise ConfigurationError(f"{path} is nested too deeply to be read. Correct it.") from error
    return convert_bots(document)
