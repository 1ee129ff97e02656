"""A copy of infra/terraform in a folder of its own, and the commands an engineer would type there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

INFRA = Path(__file__).parents[3] / "infra"
ZIPS = ("layer", "callback", "async_answer", "failed_answer", "housekeeping")

#: The least a deployment decides.
VARIABLES: dict[str, Any] = {"dingtalk_secrets": {"DINGTALK_CLIENT_SECRET": "s" * 64}}
#: As far as they are decided, the optional parts.
NETWORK = {"zone": "cn-hangzhou-i"}
DOMAIN = {"name": "bot.example.com", "certificate": "made up", "private_key": "made up"}


class TerraformError(AssertionError):
    """Terraform said no; the message is what it gave as the reason."""


class Workspace:
    """One deployment that nobody pays for."""

    def __init__(self, folder: Path, *, terraform: str, reattach: str) -> None:
        self.folder = folder / "infra" / "terraform"
        self.packages = folder / "packages"
        self._terraform = terraform
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TF_REATTACH_PROVIDERS": reattach,
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
        }
        shutil.copytree(INFRA, folder / "infra", ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
        self.packages.mkdir()
        for zip_ in ZIPS:
            (self.packages / f"{zip_}.zip").write_bytes(zip_.encode())
        self.set(**VARIABLES)

    def set(self, **variables: Any) -> None:
        """Decide anew; what is not given takes its default."""
        (self.folder / "test.auto.tfvars.json").write_text(
            json.dumps({"packages": str(self.packages), **variables}), encoding="utf-8"
        )

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

    def plan(self) -> dict[str, Any]:
        """What would change, as `terraform show -json` tells it.

        Raises:
            TerraformError: a variable or a precondition was refused.
        """
        self._run("plan", "-input=false", "-out=plan")
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

    def formatted(self) -> str:
        """What `terraform fmt` would change; empty when it would change nothing."""
        return self._run("fmt", "-check", "-diff", "-recursive", may_fail=True)

    def _run(self, *command: str, may_fail: bool = False) -> str:
        done = subprocess.run(
            [self._terraform, *command, *(() if "-json" in command else ("-no-color",))],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode and not may_fail:
            raise TerraformError(done.stderr)
        return done.stdout


def resources(state: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The resources of a kind in a state, as their values."""
    return [found["values"] for found in state["root_module"]["resources"] if found["type"] == kind]


def output(state: dict[str, Any], name: str) -> Any:
    """What a state puts out under a name; None when it does not."""
    return state["outputs"].get(name, {}).get("value")
