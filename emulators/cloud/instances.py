"""Tablestore's instances, made and looked up. Pure.

Source: Tablestore 2020-12-09, CreateInstance and GetInstance. That a missing one is `NotFound` is what the
Terraform provider tells it by; the code for a name that is taken is published nowhere.
"""

from __future__ import annotations

import re
from typing import Any

from emulators.cloud.refusals import RefusalError

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,14}[A-Za-z0-9]", re.ASCII)
_REFUSED = re.compile(r"ali|ay|ots|taobao|admin", re.IGNORECASE)
_TYPES = ("SSD", "HYBRID")
_NETWORKS = ("CLASSIC", "INTERNET", "VPC")
_MOST = 10


class Instances:
    """The instances of one account in one region.

    foreign: names that other accounts have in the region.
    making: looks at a new instance that find it not ready yet.
    """

    def __init__(self, region: str, foreign: frozenset[str] = frozenset(), making: int = 0) -> None:
        self._region = region
        self._foreign = {name.lower() for name in foreign}
        self._making = making
        self._left: dict[str, int] = {}
        self.instances: dict[str, dict[str, Any]] = {}

    def create(self, given: dict[str, Any]) -> dict[str, Any]:
        """CreateInstance.

        Raises:
            RefusalError: the name does not fit or is taken, or there are ten already.
        """
        name, kind = given.get("InstanceName"), given.get("ClusterType")
        if not isinstance(name, str) or not _NAME.fullmatch(name) or _REFUSED.search(name):
            raise RefusalError(400, "InvalidParameter", "The instance name is invalid.")
        if kind not in _TYPES:
            raise RefusalError(400, "InvalidParameter", "The cluster type is invalid.")
        description = given.get("InstanceDescription", "xxx")
        if not isinstance(description, str) or not 3 <= len(description) <= 256:
            raise RefusalError(400, "InvalidParameter", "The instance description is invalid.")
        networks = given.get("NetworkTypeACL", list(_NETWORKS))
        if not isinstance(networks, list) or not set(networks) <= set(_NETWORKS):
            raise RefusalError(400, "InvalidParameter", "The network type ACL is invalid.")
        if name.lower() in self._foreign | {one.lower() for one in self.instances}:
            raise RefusalError(409, "InstanceAlreadyExist", "The instance name already exists.")
        if len(self.instances) >= _MOST:
            raise RefusalError(403, "QuotaExceeded", "The number of instances exceeds the quota.")
        self.instances[name] = {
            "InstanceName": name,
            "RegionId": self._region,
            "InstanceDescription": description,
            "InstanceSpecification": kind,
            "InstanceStatus": "normal",
            "NetworkTypeACL": networks,
        }
        self._left[name] = self._making
        return {}

    def get(self, name: str) -> dict[str, Any]:
        """GetInstance.

        Raises:
            RefusalError: this account has none of that name.
        """
        if name not in self.instances:
            raise RefusalError(404, "NotFound", "The instance is not found.")
        if self._left[name]:
            self._left[name] -= 1
            return {**self.instances[name], "InstanceStatus": "creating"}
        return self.instances[name]
