"""RAM: roles, policies, their versions, and which role has which policy. Pure.

Sources: RAM 2015-05-01 (`alibabacloud-ram20150501` 1.3.0); its page of error codes (help.aliyun.com 28754).
"""

from __future__ import annotations

import json
import re
from typing import Any

from emulators.cloud.refusals import RefusalError

_ROLE_NAME = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)
_POLICY_NAME = re.compile(r"[A-Za-z0-9-]{1,128}", re.ASCII)
_LONGEST_DOCUMENT = 6_144
_LONGEST_DESCRIPTION = 1_024
_MOST_VERSIONS = 5
_MAKE_ROOM = "DeleteOldestNonDefaultVersionWhenLimitExceeded"

Parameters = dict[str, str]


class Ram:
    """The roles and policies of one account."""

    def __init__(self, account: str) -> None:
        self._account = account
        self.roles: dict[str, str] = {}
        #: Policy → its versions, oldest first, and the one that counts.
        self.policies: dict[str, dict[str, str]] = {}
        self.default: dict[str, str] = {}
        self.attached: dict[str, list[tuple[str, str]]] = {}

    def call(self, action: str, given: Parameters) -> dict[str, Any]:
        """Carry one call out.

        Raises:
            RefusalError: as RAM would refuse.
        """
        carry_out = {
            "CreateRole": self._create_role,
            "GetRole": self._get_role,
            "UpdateRole": self._update_role,
            "CreatePolicy": self._create_policy,
            "GetPolicy": self._get_policy,
            "CreatePolicyVersion": self._create_policy_version,
            "AttachPolicyToRole": self._attach,
            "ListPoliciesForRole": self._list,
        }.get(action)
        if carry_out is None:
            raise RefusalError(
                404, "InvalidAction.NotFound", "Specified api is not found, please check your url."
            )
        return carry_out(given)

    def _create_role(self, given: Parameters) -> dict[str, Any]:
        name = _named(given, "RoleName", _ROLE_NAME)
        document = _document(given, "AssumeRolePolicyDocument")
        _described(given)
        if name in self.roles:
            raise RefusalError(409, "EntityAlreadyExists.Role", f"The role already exists: {name}")
        self.roles[name] = document
        self.attached[name] = []
        return {"Role": self._role(name)}

    def _get_role(self, given: Parameters) -> dict[str, Any]:
        return {"Role": self._role(self._known_role(given))}

    def _update_role(self, given: Parameters) -> dict[str, Any]:
        name = self._known_role(given)
        self.roles[name] = _document(given, "NewAssumeRolePolicyDocument")
        return {"Role": self._role(name)}

    def _role(self, name: str) -> dict[str, Any]:
        return {
            "RoleName": name,
            "Arn": f"acs:ram::{self._account}:role/{name}",
            "AssumeRolePolicyDocument": self.roles[name],
        }

    def _create_policy(self, given: Parameters) -> dict[str, Any]:
        name = _named(given, "PolicyName", _POLICY_NAME)
        document = _document(given, "PolicyDocument")
        _described(given)
        if name in self.policies:
            raise RefusalError(409, "EntityAlreadyExists.Policy", f"The policy already exists: {name}")
        self.policies[name] = {"v1": document}
        self.default[name] = "v1"
        return {"Policy": {"PolicyName": name, "PolicyType": "Custom", "DefaultVersion": "v1"}}

    def _get_policy(self, given: Parameters) -> dict[str, Any]:
        name = self._known_policy(given)
        version = self.default[name]
        return {
            "Policy": {"PolicyName": name, "PolicyType": "Custom", "DefaultVersion": version},
            "DefaultPolicyVersion": {
                "VersionId": version,
                "IsDefaultVersion": True,
                "PolicyDocument": self.policies[name][version],
            },
        }

    def _create_policy_version(self, given: Parameters) -> dict[str, Any]:
        name = _named(given, "PolicyName", _POLICY_NAME)
        if name not in self.policies:
            raise RefusalError(404, "EntityNotExist.Policy", f"The policy does not exist: {name}")
        document = _document(given, "PolicyDocument")
        versions = self.policies[name]
        if len(versions) >= _MOST_VERSIONS:
            if given.get("RotateStrategy") != _MAKE_ROOM:
                raise RefusalError(
                    409, "LimitExceeded.Policy.Version", "The count of policy versions beyond limit."
                )
            del versions[next(version for version in versions if version != self.default[name])]
        version = f"v{1 + max(int(one[1:]) for one in versions)}"
        versions[version] = document
        if given.get("SetAsDefault") == "true":
            self.default[name] = version
        return {"PolicyVersion": {"VersionId": version, "IsDefaultVersion": self.default[name] == version}}

    def _attach(self, given: Parameters) -> dict[str, Any]:
        role, policy = self._known_role(given), self._known_policy(given)
        entry = (policy, _typed(given))
        if entry in self.attached[role]:
            raise RefusalError(
                409, "EntityAlreadyExists.Role.Policy", "The policy has already been attached to the role."
            )
        self.attached[role].append(entry)
        return {}

    def _list(self, given: Parameters) -> dict[str, Any]:
        entries = self.attached[self._known_role(given)]
        return {"Policies": {"Policy": [{"PolicyName": name, "PolicyType": kind} for name, kind in entries]}}

    def _known_role(self, given: Parameters) -> str:
        name = _named(given, "RoleName", _ROLE_NAME)
        if name not in self.roles:
            raise RefusalError(404, "EntityNotExist.Role", f"The role not exists: {name}")
        return name

    def _known_policy(self, given: Parameters) -> str:
        """Custom policies only: none of the system's is needed here."""
        name = _named(given, "PolicyName", _POLICY_NAME)
        if _typed(given) != "Custom" or name not in self.policies:
            raise RefusalError(404, "EntityNotExist.Policy", f"The policy does not exist: {name}")
        return name


def _named(given: Parameters, parameter: str, form: re.Pattern[str]) -> str:
    name = given.get(parameter, "")
    if not name:
        raise RefusalError(400, f"MissingParameter.{parameter}", f'The parameter "{parameter}" is missing.')
    if not form.fullmatch(name):
        raise RefusalError(
            400,
            f"InvalidParameter.{parameter}.InvalidChars",
            f'The parameter - "{parameter}" contains invalid chars.',
        )
    return name


def _typed(given: Parameters) -> str:
    kind = given.get("PolicyType", "")
    if kind not in ("Custom", "System"):
        raise RefusalError(400, "InvalidParameter.PolicyType", 'The parameter - "PolicyType" is invalid.')
    return kind


def _described(given: Parameters) -> None:
    if len(given.get("Description", "x")) not in range(1, _LONGEST_DESCRIPTION + 1):
        raise RefusalError(
            400,
            "InvalidParameter.Description.Length",
            'The parameter - "Description" beyond the length limit.',
        )


def _document(given: Parameters, parameter: str) -> str:
    text = given.get(parameter, "")
    if not text:
        raise RefusalError(400, f"MissingParameter.{parameter}", f'The parameter "{parameter}" is missing.')
    if len(text) > _LONGEST_DOCUMENT:
        raise RefusalError(
            400,
            f"InvalidParameter.{parameter}.Length",
            f'The parameter - "{parameter}" beyond the length limit.',
        )
    try:
        document = json.loads(text)
        statements = document["Statement"]
        fits = (
            document["Version"] == "1"
            and bool(statements)
            and all(one["Effect"] in ("Allow", "Deny") and one["Action"] for one in statements)
            # A trust policy says who, a policy says what for.
            and all(one["Principal" if "Assume" in parameter else "Resource"] for one in statements)
        )
    except (ValueError, KeyError, TypeError):
        fits = False
    if not fits or "${" in text:
        raise RefusalError(400, "MalformedPolicyDocument", "The policy document is malformed.")
    return text
