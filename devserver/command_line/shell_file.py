"""A file for the shell: what an engineer's terminal needs to use the tools on the running local system.

`python -m devserver` keeps it in its data folder while it runs; `python -m devserver --env` prints it.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from devserver.settings import ACCESS_KEY_ID, ACCESS_KEY_SECRET, INSTANCE
from devserver.system import ASYNC_ANSWER, CALLBACK
from devserver.wiring.company import COMPANY_KEY
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.secret_references import secret_references

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devserver.system import LocalSystem

FILE_NAME = "environment.sh"

#: Set in a shell that is prepared for deploying, and wrong here.
_UNSET = ("ALIBABA_CLOUD_SECURITY_TOKEN", "APP_NAME", "DEPLOY_REGION", "FC_ACCOUNT_ID", "FC_REGION")

_ENV = "env:"
_ADDRESS = re.compile(r"^export CALLBACK_URL=(\S+)$", re.MULTILINE)
_CONNECT_SECONDS = 2.0


def exports(system: LocalSystem) -> dict[str, str]:
    """Every variable that `check`, `tables`, `register-cards` and `doctor` read, for this system."""
    return {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
        "ANSWER_FUNCTION": ASYNC_ANSWER,
        "BOTS_FILE": str(system.bots_file),
        "CALLBACK_URL": system.functions.trigger_url(CALLBACK),
        "COMPANY_API_KEY": COMPANY_KEY,
        "DINGTALK_API_URL": system.dingtalk.url,
        "DINGTALK_OAPI_URL": system.dingtalk.url,
        "INVOKE_ENDPOINT": system.functions.api_url,
        "TABLESTORE_ENDPOINT": system.tablestore.url,
        "TABLESTORE_INSTANCE": INSTANCE,
        **_secrets(system),
    }


def _secrets(system: LocalSystem) -> dict[str, str]:
    names = {
        reference.removeprefix(_ENV)
        for bot in system.bots_in_use().bots.values()
        for _, reference in secret_references(bot)
        if reference.startswith(_ENV)
    }
    return {name: system.environ[name] for name in sorted(names) if name in system.environ}


def shell_file(variables: dict[str, str]) -> str:
    """The file's text, for a POSIX shell."""
    lines = [
        "# The running local system. In another terminal of the same folder:",
        '#   eval "$(python -m devserver --env)"',
        f"unset {' '.join(_UNSET)}",
        *(f"export {name}={shlex.quote(value)}" for name, value in sorted(variables.items())),
    ]
    return "\n".join(lines) + "\n"


@contextmanager
def kept(folder: Path | None, text: str) -> Iterator[None]:
    """Keep the file in the data folder, readable by its owner only, until the system ends.

    Raises:
        ConfigurationError: it cannot be written.
    """
    if folder is None:
        yield
        return
    file = folder / FILE_NAME
    try:
        file.unlink(missing_ok=True)
        # Made with its mode: a file that is narrowed afterwards was readable for a moment.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
    except OSError as error:
        raise ConfigurationError(
            f"{file} cannot be written: {error.strerror}. Name another folder with --data."
        ) from error
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def of_the_running_system(folder: Path | None) -> str:
    """The file of the system that runs with this data folder.

    Raises:
        ConfigurationError: there is none, or what wrote the file has ended.
    """
    if folder is None:
        raise ConfigurationError(
            "A system with --data '' keeps no file to read. Start it with a folder and name the same one."
        )
    start = "Start it with `make demo` in another terminal, or name its data folder with --data."
    try:
        text = (folder / FILE_NAME).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError(f"No local system runs with the data folder {folder}. {start}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{folder / FILE_NAME} cannot be read: {error}. {start}") from error
    found = _ADDRESS.search(text)
    if found is None or not _listens(found[1]):
        raise ConfigurationError(
            f"The local system that wrote {folder / FILE_NAME} does not answer any more. {start}"
        )
    return text


def _listens(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with closing(socket.create_connection((parts.hostname, parts.port or 80), _CONNECT_SECONDS)):
            return True
    except OSError:
        return False
