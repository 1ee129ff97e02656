"""The Tablestore instance.

Source: Tablestore 2020-12-09, CreateInstance and GetInstance.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import CloudError
from rag_on_dingtalk.setup.cloud.step import Look

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from rag_on_dingtalk.setup.cloud.calls import Cloud

SUBJECT = "Tablestore instance"

_NOT_FOUND = 404
_NORMAL = "normal"
#: Without a VPC the public network is the only way to an instance.
_NETWORKS = ("CLASSIC", "INTERNET", "VPC")
#: A new instance is not at once ready.
_LOOKS = 30
_PAUSE_SECONDS = 2.0


class Instance:
    """One instance, pay as you go.

    sleep: seconds → waits; between two looks at an instance that is being made.
    """

    needs = ""
    subject = SUBJECT

    def __init__(
        self, cloud: Cloud, name: str, *, description: str, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._cloud = cloud
        self._name = name
        self._description = description
        self._sleep = sleep

    async def look(self) -> Look:
        """Whether this account has it, and whether the functions reach it."""
        try:
            found = await self._cloud.get_instance(self._name)
        except CloudError as error:
            if error.status == _NOT_FOUND or error.code.startswith("NotFound"):
                return Look("missing")
            raise
        state = found.get("InstanceStatus", _NORMAL)
        if state != _NORMAL:
            return Look("differs", f"{self._name} is {state}")
        closed = sorted(set(_NETWORKS) - set(found.get("NetworkTypeACL") or _NETWORKS))
        if closed:
            return Look(
                "differs",
                f"{self._name} takes no connections from {', '.join(closed)}; without a VPC the functions "
                "need INTERNET",
            )
        return Look("there", self._name)

    async def make(self) -> None:
        """Make it and wait until it is ready."""
        try:
            await self._cloud.create_instance(
                InstanceName=self._name,
                ClusterType="SSD",
                InstanceDescription=self._description,
                NetworkTypeACL=list(_NETWORKS),
            )
        except CloudError as error:
            if error.code == "unreachable":
                raise
            raise CloudError(
                f"CreateInstance for {self._name}",
                error.code,
                str(error),
                status=error.status,
                advice="Names are unique within a region, other accounts included: "
                "try another one with --tablestore-instance.",
            ) from error
        for _ in range(_LOOKS):
            look = await self.look()
            if look.state == "there":
                return
            await self._sleep(_PAUSE_SECONDS)

    def commands(self) -> Sequence[str]:
        """One call of Alibaba Cloud's command line."""
        body = {
            "InstanceName": self._name,
            "ClusterType": "SSD",
            "InstanceDescription": self._description,
            "NetworkTypeACL": _NETWORKS,
        }
        return [f"aliyun tablestore POST /v2/openapi/createinstance --body {shlex.quote(json.dumps(body))}"]
