"""`.env` and `terraform.tfvars` as they are wanted, and how a difference is shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args

from rag_on_dingtalk.setup.asking.secrets import Group
from rag_on_dingtalk.setup.files import env_file, folder, tfvars
from rag_on_dingtalk.setup.files.change import Change
from rag_on_dingtalk.setup.files.reserved import misleading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from rag_on_dingtalk.setup.asking.secrets import KnownSecret
    from rag_on_dingtalk.setup.files.folder import Draft
    from rag_on_dingtalk.setup.place import Place

_KEYS = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
#: Values of .env.example that stand for an answer: an account, an instance and its address that do not exist.
PLACEHOLDER = re.compile(r"1000000000000001|(?:https://)?rag-on-din-00000(?:\.[\w.-]+)?", re.ASCII)
#: The example's account; a layer of it cannot be used.
_EXAMPLE_ACCOUNT = ":1000000000000001:"


def env_draft(
    path: Path,
    before: str | None,
    example: str,
    place: Place,
    secrets: Sequence[KnownSecret],
    *,
    url: str,
) -> Draft:
    """`.env`, begun from the example where there is none.

    url: the callback's address; empty: not known.

    Raises:
        ConfigurationError: a line or a value does not fit the file.
    """
    text = example if before is None else before
    values = env_file.read(text)
    unwanted = misleading(values)
    # An empty line would take away the key that the shell has.
    unwanted += [name for name in _KEYS if values.get(name) == ""]
    if _EXAMPLE_ACCOUNT in values.get("COMMON_LAYER_ARN", ""):
        unwanted.append("COMMON_LAYER_ARN")
    wanted = {**place.env, **{secret.name: secret.value for secret in secrets}}
    if url:
        wanted["CALLBACK_URL"] = url
    after, changes = env_file.changed(text, wanted, unwanted)
    if before is None:
        # What the example holds is no change.
        changes = [Change(name, None, value) for name, value in env_file.read(after).items() if value]
    return folder.draft_of_secrets(path, before, after, changes)


def tfvars_draft(path: Path, before: str | None, place: Place, secrets: Sequence[KnownSecret]) -> Draft:
    """`terraform.tfvars`.

    Raises:
        ConfigurationError: it has a form that is not changed here.
    """
    wanted: dict[str, str | int | Mapping[str, str]] = {
        **place.tfvars,
        **{
            group: {one.name: one.value for one in secrets if one.group == group} for group in get_args(Group)
        },
    }
    after, changes = tfvars.changed(before or "", wanted)
    return folder.draft_of_secrets(path, before, after, changes)


def shown(draft: Draft) -> Iterator[str]:
    """The difference, for a person."""
    if not draft.changes and not draft.opens:
        yield f"✓ {draft.path}: nothing to change."
        return
    yield f"{draft.path}, {'new' if draft.before is None else 'changes'}:"
    for line in draft.lines:
        yield f"  {line}"
    if draft.opens:
        yield "  mode 600, because others than its owner can read it"
