"""Names in `.env` by which the tools that deploy change what they do. Pure.

Serverless Devs loads `.env` into its own process. There component fc3 and its SDKs take FC_REGION and REGION
for a sign that they run inside Function Compute, and read further FC_* names for the API and for images.
Sources: devsapp/fc3 0.1.22, issue 59; npm `@alicloud/fc2` client.js; Function Compute,
"Environment variables".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PATTERN = r"FC_\w*|REGION"

#: Name now → what `.env` called it before.
RENAMED = {
    "DEPLOY_REGION": "FC_REGION",
    "DEPLOY_PYTHON": "FC_PYTHON",
    "DEPLOY_ACCOUNT_ID": "FC_ACCOUNT_ID",
}


def misleading(names: Iterable[str]) -> list[str]:
    """Those that must not stand in `.env`, in their order."""
    return [name for name in names if re.fullmatch(PATTERN, name, re.ASCII)]
