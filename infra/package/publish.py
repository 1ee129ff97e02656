"""The layer goes up before the functions that need it.

`s` reads s.yaml before it runs a hook, so a hook cannot hand it the layer's new name. It can stop the
deployment and say the name: that is what happens here whenever the layer has changed.
Source: component `fc3` 0.1.22, `layer publish`: content that equals the newest version is not uploaded again,
and that version is returned.
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

    from infra.package.target import Target

_ARN = re.compile(r"acs:fc:[\w-]+:\w*:layers/[\w-]+/versions/\d+")
_SHOWN_LINES = 10


def publish_layer(layer: Path, target: Target, environ: Mapping[str, str]) -> str:
    """Publish the zip with Serverless Devs; returns the version's ARN.

    environ: as s.yaml reads it: APP_NAME and FC_REGION, and COMMON_LAYER_ARN, which must be that version.

    Raises:
        PackagingError: `s` is missing or failed, or COMMON_LAYER_ARN is another version.
    """
    program = shutil.which("s", path=environ.get("PATH"))
    if program is None:
        raise PackagingError("There is no `s` on PATH. Install it with `npm install -g @serverless-devs/s`.")
    done = subprocess.run(  # noqa: S603 - the tool that is deploying
        [
            *(program, "cli", "fc3", "layer", "publish", "-a", "default", "--code", str(layer)),
            *("--layer-name", f"{environ.get('APP_NAME') or 'rag-on-dingtalk'}-common"),
            *("--compatible-runtime", f"{target.runtime},{target.custom_runtime}"),
            *("--region", environ.get("FC_REGION") or "cn-hangzhou"),
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
    if environ.get("COMMON_LAYER_ARN") != arn:
        raise PackagingError(
            f"The layer is published, as a version that the functions are not told yet. Put\n"
            f"  COMMON_LAYER_ARN={arn}\ninto .env, read it (set -a; . ./.env; set +a) and deploy again."
        )
    return arn
