"""How a Tablestore instance may be called. Pure.

Source: Tablestore 2020-12-09, CreateInstance, `InstanceName`; the name is unique within a region.
"""

from __future__ import annotations

import hashlib
import re

_FORM = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,14}[A-Za-z0-9]", re.ASCII)
#: Refused wherever they stand in the name.
RESERVED = ("ali", "ay", "ots", "taobao", "admin")

_PREFIX = 10
_SUFFIX = 5
_FALLBACK = "rag"


def problem(name: str) -> str:
    """What is wrong with a name, as a sentence; empty: nothing."""
    if not _FORM.fullmatch(name):
        return (
            f"{name!r} is no name for a Tablestore instance: 3 to 16 letters, digits and hyphens, "
            "the first a letter, the last no hyphen."
        )
    reserved = [word for word in RESERVED if word in name.lower()]
    if reserved:
        return (
            f"{name!r} is no name for a Tablestore instance: it contains {', '.join(reserved)}, "
            "which Tablestore refuses."
        )
    return ""


def default_name(app: str, account: str, region: str) -> str:
    """The beginning of the application's name, and digits that belong to the account and the region.

    The same every time, on both roads: infra/terraform/locals.tf makes it, too.
    app: what the functions' names begin with. account: the account's number.
    """
    begin = app[:_PREFIX].strip("-")
    if any(word in begin for word in RESERVED):
        begin = _FALLBACK
    suffix = hashlib.sha256(f"{account}/{region}/{app}".encode()).hexdigest()[:_SUFFIX]
    return f"{begin}-{suffix}"
