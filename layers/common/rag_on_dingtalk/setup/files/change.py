"""One change of a settings file, as it is shown before anything is written. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Values that may be shown. What is not in the list counts as a secret.
SHOWN = frozenset(
    (
        "DEPLOY_ACCOUNT_ID",
        "DEPLOY_PYTHON",
        "APP_NAME",
        "ANSWER_INSTANCES",
        "CALLBACK_INSTANCES",
        "CALLBACK_URL",
        "CICD_ENV",
        "COMMON_LAYER_ARN",
        "DEPLOY_REGION",
        "FAILED_ANSWER_INSTANCES",
        "FC_ACCOUNT_ID",
        "FC_PYTHON",
        "FC_REGION",
        "LOG_PROJECT",
        "LOG_STORE",
        "REGION",
        "TABLESTORE_ENDPOINT",
        "TABLESTORE_INSTANCE",
        "log_retention_days",
        "name",
        "python",
        "region",
        "tablestore_instance",
    )
)


class Change(msgspec.Struct, frozen=True):
    """A value that is new, another one than before, or gone.

    before, after: None: not in the file.
    """

    name: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"+ {self.name}={self._shown(self.after)}"
        if self.after is None:
            return f"- {self.name}={self._shown(self.before)}"
        return f"~ {self.name}: {self._shown(self.before)} → {self._shown(self.after)}"

    def _shown(self, value: str | None) -> str:
        last = self.name.rpartition(".")[2]
        if not value:
            return "(empty)"
        return value if last in SHOWN else "…"


def removals(changes: Iterable[Change]) -> list[Change]:
    """Those that take a value away, or replace one that was not empty."""
    return [change for change in changes if change.before and change.before != change.after]
