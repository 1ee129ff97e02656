"""One role a function, with the policy of infra/policies.

Sources: RAM 2015-05-01 (`alibabacloud-ram20150501` 1.3.0), and its page of error codes.
"""

from __future__ import annotations

import json
import shlex
from string import Template
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.errors import CloudError, ConfigurationError
from rag_on_dingtalk.setup.cloud.step import Look

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rag_on_dingtalk.setup.cloud.calls import Cloud

_CUSTOM = "Custom"
#: A policy keeps five versions; the oldest makes room for a new one.
_MAKE_ROOM = "DeleteOldestNonDefaultVersionWhenLimitExceeded"


def filled_in(file: Path, values: Mapping[str, str]) -> dict[str, Any]:
    """A document of infra/policies with its placeholders filled in.

    Raises:
        ConfigurationError: the file is missing, or has a placeholder that is not known.
    """
    try:
        text = Template(file.read_text(encoding="utf-8")).substitute(values)
        document: dict[str, Any] = json.loads(text)
    except OSError as error:
        raise ConfigurationError(
            f"{file} cannot be read: {error.strerror}. Run setup from a checkout of the repository."
        ) from error
    except (KeyError, ValueError) as error:
        raise ConfigurationError(
            f"{file} is no policy that setup can fill in: {error}. Restore it from git."
        ) from error
    return document


def _compact(document: object) -> str:
    return json.dumps(document, separators=(",", ":"), sort_keys=True)


class Role:
    """A role that Function Compute may take, or another service.

    trust: the document that says who may take it; taker: the same in words.
    """

    needs = ""

    def __init__(
        self,
        cloud: Cloud,
        name: str,
        *,
        description: str,
        trust: Mapping[str, Any],
        taker: str = "Function Compute",
    ) -> None:
        self._cloud = cloud
        self._name = name
        self._description = description
        self._trust = trust
        self._taker = taker
        self.subject = f"role {name}"

    async def look(self) -> Look:
        """The role and who may take it."""
        try:
            role = (await self._cloud.ram("GetRole", RoleName=self._name))["Role"]
        except CloudError as error:
            if error.code == "EntityNotExist.Role":
                return Look("missing")
            raise
        if _same(role.get("AssumeRolePolicyDocument", ""), self._trust):
            return Look("there")
        return Look("differs", f"others than {self._taker} may take it, or it may not", repairable=True)

    async def make(self) -> None:
        """Make the role, or let the service take it."""
        try:
            await self._cloud.ram(
                "CreateRole",
                RoleName=self._name,
                Description=self._description,
                AssumeRolePolicyDocument=_compact(self._trust),
            )
        except CloudError as error:
            if error.code != "EntityAlreadyExists.Role":
                raise
            await self._cloud.ram(
                "UpdateRole", RoleName=self._name, NewAssumeRolePolicyDocument=_compact(self._trust)
            )

    def commands(self) -> Sequence[str]:
        """One call of Alibaba Cloud's command line."""
        return [
            (
                f"aliyun ram CreateRole --RoleName {self._name} "
                f"--AssumeRolePolicyDocument {shlex.quote(_compact(self._trust))}"
            )
        ]


class Policy:
    """What a function may do.

    document: as infra/policies has it, filled in.
    """

    needs = ""

    def __init__(self, cloud: Cloud, name: str, *, description: str, document: Mapping[str, Any]) -> None:
        self._cloud = cloud
        self._name = name
        self._description = description
        self._document = document
        self.subject = f"policy {name}"

    async def look(self) -> Look:
        """The policy's version that counts."""
        try:
            found = await self._cloud.ram("GetPolicy", PolicyName=self._name, PolicyType=_CUSTOM)
        except CloudError as error:
            if error.code == "EntityNotExist.Policy":
                return Look("missing")
            raise
        document = found.get("DefaultPolicyVersion", {}).get("PolicyDocument", "")
        if _same(document, self._document):
            return Look("there")
        return Look("differs", _difference(document, self._document), repairable=True)

    async def make(self) -> None:
        """Make the policy, or a new version of it."""
        document = _compact(self._document)
        try:
            await self._cloud.ram(
                "CreatePolicy",
                PolicyName=self._name,
                Description=self._description,
                PolicyDocument=document,
            )
        except CloudError as error:
            if error.code != "EntityAlreadyExists.Policy":
                raise
            await self._cloud.ram(
                "CreatePolicyVersion",
                PolicyName=self._name,
                PolicyDocument=document,
                SetAsDefault="true",
                RotateStrategy=_MAKE_ROOM,
            )

    def commands(self) -> Sequence[str]:
        """One call of Alibaba Cloud's command line."""
        return [
            (
                f"aliyun ram CreatePolicy --PolicyName {self._name} "
                f"--PolicyDocument {shlex.quote(_compact(self._document))}"
            )
        ]


class Attachment:
    """A role that has its policy; both have one name."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        self._cloud = cloud
        self._name = name
        self.subject = f"policy of role {name}"
        self.needs = f"role {name}"

    async def look(self) -> Look:
        """The policies of the role; those that are not ours are named."""
        try:
            answer = await self._cloud.ram("ListPoliciesForRole", RoleName=self._name)
        except CloudError as error:
            if error.code == "EntityNotExist.Role":
                return Look("missing")
            raise
        policies = answer.get("Policies", {}).get("Policy", [])
        names = {(one.get("PolicyName"), one.get("PolicyType")) for one in policies}
        if (self._name, _CUSTOM) not in names:
            return Look("missing")
        others = ", ".join(sorted(str(name) for name, _ in names - {(self._name, _CUSTOM)}))
        return Look("differs", f"it also has {others}") if others else Look("there")

    async def make(self) -> None:
        """Attach it."""
        try:
            await self._cloud.ram(
                "AttachPolicyToRole", PolicyType=_CUSTOM, PolicyName=self._name, RoleName=self._name
            )
        except CloudError as error:
            if error.code != "EntityAlreadyExists.Role.Policy":
                raise

    def commands(self) -> Sequence[str]:
        """One call of Alibaba Cloud's command line."""
        return [
            (
                f"aliyun ram AttachPolicyToRole --PolicyType {_CUSTOM} --PolicyName {self._name} "
                f"--RoleName {self._name}"
            )
        ]


def _same(text: str, document: Mapping[str, Any]) -> bool:
    try:
        return bool(_canonical(json.loads(text)) == _canonical(document))
    except ValueError:
        return False


def _canonical(node: Any) -> Any:
    """RAM takes a list of one and the one by itself for the same, and order does not count."""
    if isinstance(node, dict):
        return {key: _canonical(value) for key, value in node.items()}
    if isinstance(node, list):
        items = sorted((_canonical(one) for one in node), key=_compact)
        return items[0] if len(items) == 1 else items
    return node


def _difference(text: str, document: Mapping[str, Any]) -> str:
    try:
        theirs, ours = _grants(json.loads(text)), _grants(document)
    except (ValueError, TypeError, AttributeError, KeyError):
        return "it holds something else"
    parts = [
        f"{word} {', '.join(sorted(actions))}"
        for word, actions in (
            ("it lacks", {action for action, _ in ours - theirs}),
            ("it also allows", {action for action, _ in theirs - ours}),
        )
        if actions
    ]
    return " and ".join(parts) or "it holds something else"


def _grants(document: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {
        (f"{action} on {resource}", statement["Effect"])
        for statement in _listed(document["Statement"])
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
