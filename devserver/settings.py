"""What the local system is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rag_on_dingtalk.settings.bot import Bots

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
    change_bots: what is done to the bots of that file before anything else.
    backend_kind: the product whose API the knowledge server speaks, a key of `emulators.rag_server.PRODUCTS`.
    backend_app: which of that product's kinds of app it is; "": the usual one.
    backend_version: which of its versions; "": the newest one that is known.
    environ: the shell's environment.
    piece_delay: seconds between two pieces of the knowledge server's stream.
    instance_env: variables of every instance besides those of s.yaml, as one may set them in FC's console.
    kms_secrets: name → secret, for references `kms:NAME` in bots.yaml.
    secrets_in_kms: put every `env:` secret of the bots into the local KMS, and let the functions ask there.
    qps, monthly_calls: DingTalk's limits; None: none.
    bridge: run the bridge, too, when a bot is in Stream mode.
    dingtalk: addresses of a DingTalk elsewhere, its API's and its older API's; None: the emulated one.
    library: the folder with the library that the functions import.
    zips: a folder that `make package` filled, to run instead of the sources.
    """

    data: Path | None = None
    bots: Path = ROOT / "devserver" / "bots.yaml"
    change_bots: Callable[[Bots], Bots] = lambda bots: bots
    backend: str = ""
    backend_kind: str = "anythingllm"
    backend_app: str = ""
    backend_version: str = ""
    environ: Mapping[str, str] = field(default_factory=dict)
    piece_delay: float = 0.02
    instance_env: Mapping[str, str] = field(default_factory=dict)
    kms_secrets: Mapping[str, str] = field(default_factory=dict)
    secrets_in_kms: bool = False
    qps: int | None = 20
    monthly_calls: int | None = 5_000
    bridge: bool = True
    dingtalk: tuple[str, str] | None = None
    library: Path = LIBRARY
    zips: Path | None = None

    @property
    def demo_bots(self) -> bool:
        """Whether the bots are the ones that come with the local system."""
        return self.bots == ROOT / "devserver" / "bots.yaml"
