"""A copy of infra/terraform in a folder of its own, and the commands an engineer would type there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

INFRA = Path(__file__).parents[4] / "infra"
ZIPS = ("layer", "callback", "async_answer", "failed_answer", "housekeeping", "console")

#: The least a deployment decides.
VARIABLES: dict[str, Any] = {"dingtalk_secrets": {"DINGTALK_CLIENT_SECRET": "s" * 64}}
#: As far as they are decided, the optional parts.
NETWORK = {"zone": "cn-hangzhou-i"}
DOMAIN = {"name": "bot.example.com", "certificate": "made up", "private_key": "made up"}


#: What `terraform init` wrote in this process, by folder.
_MODULES: dict[str, bytes] = {}


class Served(NamedTuple):
    """Where the stub provider is, as TF_REATTACH_PROVIDERS: the usual one, and one that foretells."""

    provider: str
    foretelling: str


class TerraformError(AssertionError):
    """Terraform said no; the message is what it gave as the reason."""


class Workspace:
    """One deployment in a temporary folder, with a stub for the cloud."""

    def __init__(self, root: Path, *, terraform: str, served: Served, folder: str = "terraform") -> None:
        """folder: which one below infra."""
        self.folder = root / "infra" / folder
        self.packages = root / "packages"
        self._terraform = terraform
        self._foretelling = {"TF_REATTACH_PROVIDERS": served.foretelling}
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(root),
            "TF_REATTACH_PROVIDERS": served.provider,
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            # Each command lives for less than a second: collecting its garbage as usual is a fifth of that,
            # and hardly less when memory is never used again.
            "GOGC": "400",
            "GOMAXPROCS": "1",
        }
        shutil.copytree(
            INFRA, root / "infra", ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars")
        )
        self.packages.mkdir()
        for zip_ in ZIPS:
            (self.packages / f"{zip_}.zip").write_bytes(zip_.encode())
        if folder == "terraform":
            self.set(**VARIABLES)
        self._initialise()

    def _initialise(self) -> None:
        # The provider is served, not downloaded: what is left is the list of the folder's modules.
        modules = self.folder / ".terraform" / "modules" / "modules.json"
        if self.folder.name in _MODULES:
            modules.parent.mkdir(parents=True)
            modules.write_bytes(_MODULES[self.folder.name])
        else:
            self._run("init", "-input=false", "-backend=false")
            _MODULES[self.folder.name] = modules.read_bytes() if modules.exists() else b'{"Modules": []}'

    def set(self, **variables: Any) -> None:
        """Decide anew; what is not given takes its default."""
        self.set_exactly(packages=str(self.packages), **variables)

    def set_exactly(self, **variables: Any) -> None:
        """The same without the folder of packages, which only the bot's own module takes."""
        (self.folder / "test.auto.tfvars.json").write_text(json.dumps(variables), encoding="utf-8")

    def replace(self, file: str, old: str, new: str) -> None:
        """Change one place in one file of the configuration."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def validate(self) -> list[str]:
        """What `terraform validate` complains about."""
        report = json.loads(self._run("validate", "-json", may_fail=True))
        return [f"{found['summary']}: {found.get('detail', '')}" for found in report["diagnostics"]]

    def plan(self, *targets: str) -> dict[str, Any]:
        """What would change, as `terraform show -json` tells it; with `targets` of those alone.

        Raises:
            TerraformError: a variable or a precondition was refused.
        """
        self._run("plan", "-input=false", "-out=plan", *(f"-target={target}" for target in targets))
        plan: dict[str, Any] = json.loads(self._run("show", "-json", "plan"))
        return plan

    def apply(self) -> dict[str, Any]:
        """Deploy; returns the state with every value known.

        Raises:
            TerraformError: as for `plan`.
        """
        self._run("apply", "-input=false", "-auto-approve")
        state: dict[str, Any] = json.loads(self._run("show", "-json"))["values"]
        return state

    def outcome(self) -> dict[str, Any]:
        """The state that `apply` would leave, in half its time: of a plan in which every value is known.

        Raises:
            TerraformError: as for `plan`.
        """
        self._run("plan", "-input=false", "-out=foretold", environ=self._foretelling)
        foretold = json.loads(self._run("show", "-json", "foretold", environ=self._foretelling))
        state: dict[str, Any] = foretold["planned_values"]
        # A state has no output without a value.
        outputs = state.get("outputs", {})
        return {
            **state,
            "outputs": {name: one for name, one in outputs.items() if one.get("value") is not None},
        }

    def destroy(self) -> None:
        """Remove everything.

        Raises:
            TerraformError: something must not be destroyed.
        """
        self._run("destroy", "-input=false", "-auto-approve")

    def forget(self, *addresses: str) -> None:
        """Leave resources where they are and out of the state."""
        self._run("state", "rm", *addresses)

    def state(self) -> dict[str, Any]:
        """What the state holds; empty when there is nothing."""
        shown: dict[str, Any] = json.loads(self._run("show", "-json")).get("values", {})
        return shown

    def warnings(self) -> str:
        """What a plan warns of, on one line."""
        said = self._run("plan", "-input=false")
        return " ".join(re.sub(r"[│╷╵]", " ", said.partition("Warning:")[2]).split())

    def formatted(self) -> str:
        """What `terraform fmt` would change; empty when it would change nothing."""
        return self._run("fmt", "-check", "-diff", "-recursive", may_fail=True)

    def _run(self, *command: str, may_fail: bool = False, environ: Mapping[str, str] | None = None) -> str:
        done = subprocess.run(
            [self._terraform, *command, *(() if "-json" in command else ("-no-color",))],
            cwd=self.folder,
            env={**self._environment, **(environ or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode and not may_fail:
            raise TerraformError(done.stderr)
        return done.stdout


def every_resource(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The resources of a module of a state, and of the modules in it."""
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from every_resource(child)


def resources(state: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The resources of a kind in a state, as their values."""
    return [found["values"] for found in every_resource(state["root_module"]) if found["type"] == kind]


def output(state: dict[str, Any], name: str) -> Any:
    """What a state puts out under a name; None when it does not."""
    return state["outputs"].get(name, {}).get("value")
