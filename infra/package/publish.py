"""The layer goes up before the functions that need it.

`s deploy` calls this through infra/package/hook, which hands the version on to the functions. The version is
also kept beside the zips: going back to kept packages needs the layer that belongs to them.
Source: component `fc3` 0.1.22, `layer publish`: content that equals the newest version is not uploaded again,
and that version is returned. An older version's content becomes a new version.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from infra.package.errors import PackagingError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from infra.package.wheels.target import Target

#: Beside the zips; a shell reads it, and so does the hook.
LAYER_ENV = "layer.env"

#: The component whose printed result is read here. infra/s.yaml deploys with the same one.
COMPONENT = "fc3@0.1.22"

_ARN = re.compile(r"acs:fc:[\w-]+:\w*:layers/[\w-]+/versions/\d+")
_SHOWN_LINES = 10


def publish_layer(layer: Path, target: Target, environ: Mapping[str, str], *, access: str = "default") -> str:
    """Publish the zip with Serverless Devs; returns the version's ARN.

    environ: as s.yaml reads it: APP_NAME and DEPLOY_REGION. access: the name of a key that `s config` keeps.

    Raises:
        PackagingError: `s` is missing or failed.
    """
    program = shutil.which("s", path=environ.get("PATH"))
    if program is None:
        raise PackagingError("There is no `s` on PATH. Install it with `npm install -g @serverless-devs/s`.")
    done = subprocess.run(  # noqa: S603 - the tool that is deploying
        [
            *(program, "cli", COMPONENT, "layer", "publish", "-a", access, "--code", str(layer)),
            *("--layer-name", f"{environ.get('APP_NAME') or 'rag-on-dingtalk'}-common"),
            *("--compatible-runtime", f"{target.runtime},{target.custom_runtime}"),
            *("--region", environ.get("DEPLOY_REGION") or "cn-hangzhou"),
        ],
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    found = _ARN.findall(said)
    if done.returncode or not found:
        shown = "\n  ".join(said.strip().splitlines()[-_SHOWN_LINES:])
        raise PackagingError(f"The layer could not be published. `s` said:\n  {shown}")
    arn: str = found[-1]
    return arn


def keep_version(folder: Path, arn: str) -> None:
    """Write the layer's version beside the zips that belong to it."""
    (folder / LAYER_ENV).write_text(
        f"# The layer that these zips were deployed with; `s deploy --skip-actions` reads it.\n"
        f"COMMON_LAYER_ARN={arn}\n",
        encoding="utf-8",
    )


def forget_version(folder: Path) -> None:
    """Other zips are coming: the version kept here is not theirs."""
    (folder / LAYER_ENV).unlink(missing_ok=True)
