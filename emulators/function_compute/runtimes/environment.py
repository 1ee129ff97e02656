"""The environment variables of a function's process. Pure.

Source: Function Compute, "Environment variables" (functioncompute/fc/environment-variables).
"""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

from emulators.function_compute.invocation import QUALIFIER, Identity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from emulators.function_compute.description.s_yaml import Function

# What any program on this machine needs to run. The rest of the shell's environment stays outside: a variable
# that s.yaml forgets would be missing in the cloud, so it is missing here.
_OF_THIS_MACHINE = ("PATH", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "TMPDIR")

# These name the cloud's file system (/opt/python, /var/fc/lang/…), which is not this machine's.
_OF_THE_CLOUD_S_FILES = ("PATH", "PYTHONPATH")

_VERSION_BEFORE_DEBIAN_11 = ("python3", "python3.9", "python3.10", "custom", "custom.debian10")


def child_environment(
    function: Function,
    *,
    identity: Identity,
    instance_id: str,
    code: Path,
    python_path: Sequence[str],
    machine: Mapping[str, str],
) -> dict[str, str]:
    """What an instance of `function` sees, before its runtime adds its own address.

    python_path: stands in for the layers' /opt/python.
    machine: the host's own environment.
    """
    version = "FC_VER_ID" if function.runtime in _VERSION_BEFORE_DEBIAN_11 else "FC_FUNCTION_VERSION"
    return {
        **{name: machine[name] for name in _OF_THIS_MACHINE if name in machine},
        "HOME": tempfile.gettempdir(),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": os.pathsep.join(python_path),
        # A frozen process cannot flush: what it printed must be out before the answer is.
        "PYTHONUNBUFFERED": "1",
        **{k: v for k, v in function.environment_variables.items() if k not in _OF_THE_CLOUD_S_FILES},
        "FC_FUNC_CODE_PATH": str(code),
        "FC_ACCOUNT_ID": identity.account_id,
        "FC_FUNCTION_HANDLER": function.handler,
        "FC_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "FC_FUNCTION_NAME": function.name,
        "FC_REGION": function.region,
        "FC_INSTANCE_ID": instance_id,
        version: QUALIFIER,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": identity.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": identity.access_key_secret,
        "ALIBABA_CLOUD_SECURITY_TOKEN": identity.security_token,
    }
