"""What infra/logs says about the log stores and their indexes: the files that Terraform reads, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from rag_on_dingtalk.errors import ConfigurationError


class StoreFacts(msgspec.Struct, frozen=True):
    """One log store.

    store: the body of CreateLogStore, with the days of a deployment that chooses none.
    index: the body of CreateIndex.
    """

    store: dict[str, Any]
    index: dict[str, Any]

    @property
    def name(self) -> str:
        """How the store is called."""
        return str(self.store["logstoreName"])

    @property
    def days(self) -> int:
        """How long lines are kept, if nothing else is chosen."""
        return int(self.store["ttl"])


class LogFacts(msgspec.Struct, frozen=True):
    """What infra/logs describes.

    functions: what the functions write to. audit: the copy of what is said of acts.
    copy_file: the body of CreateETL, with placeholders like those of infra/policies.
    """

    functions: StoreFacts
    audit: StoreFacts
    copy_file: Path


def read_log_facts(folder: Path) -> LogFacts:
    """The files of infra/logs.

    Raises:
        ConfigurationError: a file is missing, or lacks what Log Service needs.
    """
    return LogFacts(_store(folder, ""), _store(folder, "audit-"), folder / "audit-job.json")


def _store(folder: Path, begins: str) -> StoreFacts:
    store, index = _read(folder / f"{begins}store.json"), _read(folder / f"{begins}index.json")
    named = isinstance(store.get("logstoreName"), str) and isinstance(store.get("ttl"), int)
    if not named or not isinstance(index.get("keys"), dict):
        raise ConfigurationError(
            f"{folder} does not name the log store or the fields of its index. Restore it from git."
        )
    return StoreFacts(store, index)


def _read(file: Path) -> dict[str, Any]:
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"{file} cannot be read: {error.strerror}. Run setup from a checkout of the repository."
        ) from error
    except ValueError as error:
        raise ConfigurationError(f"{file} is no JSON: {error}. Restore it from git.") from error
    if not isinstance(body, dict):
        raise ConfigurationError(f"{file} holds no object. Restore it from git.")
    return body
