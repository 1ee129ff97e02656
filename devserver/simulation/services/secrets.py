"""KMS in memory: where an instance reads its app's secret when it is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.secret import Secret

if TYPE_CHECKING:
    from devserver.simulation.world import World


class Secrets:
    """The secret, and while KMS is away none.

    away_seconds: how long it is away at first.
    """

    def __init__(self, world: World, away_seconds: float) -> None:
        self._world = world
        self._away_until = away_seconds

    def begin_outage(self, seconds: float) -> None:
        """From now on."""
        self._away_until = max(self._away_until, self._world.loop.time() + seconds)

    def resolve(self) -> Secret:
        """As `resolve_secret` does for a reference to KMS.

        Raises:
            ConfigurationError: KMS did not answer.
        """
        if self._world.loop.time() < self._away_until:
            self._world.note("kms.away")
            raise ConfigurationError("KMS answered 503. It is tried again when the bot is built again.")
        return Secret("secret")
