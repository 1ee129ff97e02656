"""What the local system is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]

#: What the layer puts on the functions' path.
LIBRARY = ROOT / "layers" / "common"

DEFAULT_PORT = 8765

#: The access key of an account that exists on this machine only.
ACCESS_KEY_ID = "LocalAccessKeyId0001"
ACCESS_KEY_SECRET = "local-access-key-secret"
INSTANCE = "local-instance"
KNOWLEDGE_KEY = "LOCAL00-KNOWLED-GESERVE-RAPIKEY"


@dataclass(frozen=True)
class Settings:
    """How to start.

    data: folder for what must outlive a restart; None keeps nothing.
    bots: a bots.yaml; backend: address of a real AnythingLLM for the bots of that kind.
    backend_kind: the product whose API the knowledge server speaks, a key of `local.knowledge.PRODUCTS`.
    backend_app: which of that product's kinds of app it is; "": the usual one.
    environ: the shell's environment.
    piece_delay: seconds between two pieces of the knowledge server's stream.
    qps, monthly_calls: DingTalk's limits; None: none.
    library: the folder with the library that the functions import.
    zips: a folder that `make package` filled, to run instead of the sources.
    """

    data: Path | None = None
    bots: Path = ROOT / "local" / "bots.yaml"
    backend: str = ""
    backend_kind: str = "anythingllm"
    backend_app: str = ""
    environ: Mapping[str, str] = field(default_factory=dict)
    piece_delay: float = 0.02
    qps: int | None = 20
    monthly_calls: int | None = 5_000
    library: Path = LIBRARY
    zips: Path | None = None

    @property
    def demo_bots(self) -> bool:
        """Whether the bots are the ones that come with the local system."""
        return self.bots == ROOT / "local" / "bots.yaml"
