"""Names that change what the tools do, and so must not stand in .env or be read by infra/s.yaml.

Those that `setup` takes out of `.env` (setup/files/reserved.py has the sources), and what only the platform
or the machine sets: Function Compute, "Environment variables": FC_* and ALIBABA_CLOUD_*.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.setup.files.reserved import PATTERN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_RESERVED = re.compile(rf"{PATTERN}|ALIBABA_CLOUD_\w*|ALICLOUD_\w*|NODE_\w+|TZ|LANG|HOME|PATH|SHELL|USER")
#: What commands on a person's machine read under the names that Alibaba Cloud's own tools read.
ALLOWED_IN_ENV_FILE = frozenset(("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"))
#: A custom runtime's own server is started with these.
ALLOWED_IN_FUNCTIONS = frozenset(("PATH", "PYTHONPATH"))


def reserved(names: Iterable[str], allowed: frozenset[str] = frozenset()) -> list[str]:
    """Those of `names` that a tool or the platform reads."""
    return sorted(name for name in set(names) - allowed if _RESERVED.fullmatch(name))


def set_in_env_file(text: str) -> list[str]:
    """The names that a `.env` sets, also with `export` before them."""
    return re.findall(r"^\s*(?:export\s+)?([A-Za-z_]\w*)=", text, re.MULTILINE)


def read_by_s_yaml(node: Any) -> Iterator[str]:
    """The names in every `${env('X')}` of a parsed s.yaml."""
    if isinstance(node, dict):
        for value in node.values():
            yield from read_by_s_yaml(value)
    elif isinstance(node, list):
        for value in node:
            yield from read_by_s_yaml(value)
    elif isinstance(node, str):
        yield from re.findall(r"""env\(\s*['"](\w+)['"]""", node)


def set_in_commands(code: str) -> list[str]:
    """The names that a shell block sets before or for a command."""
    return re.findall(r"(?:^|[\s;&])(?:export )?([A-Z_][A-Z0-9_]*)=", code)
