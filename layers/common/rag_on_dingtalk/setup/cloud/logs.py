"""The log project, its stores, their indexes and the copy of the audit, as infra/logs describes them.

Source: Log Service 2020-12-30 (`alibabacloud-sls20201230` 5.15.1), and its page of error codes.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.errors import CloudError
from rag_on_dingtalk.setup.cloud.step import Look

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rag_on_dingtalk.setup.cloud.calls import Cloud
    from rag_on_dingtalk.setup.cloud.log_facts import StoreFacts


#: Of the fields that an index lacks.
_NAMED = 5
#: Of a job that copies, or will in a moment.
_AT_WORK = frozenset(("RUNNING", "STARTING", "RESTARTING"))


class Project:
    """The log project."""

    needs = ""

    def __init__(self, cloud: Cloud, name: str, *, description: str) -> None:
        self._cloud = cloud
        self._name = name
        self._body = {"projectName": name, "description": description}
        self.subject = f"log project {name}"

    async def look(self) -> Look:
        """Whether this account has it."""
        try:
            await self._cloud.log("GetProject", "GET", "/", project=self._name)
        except CloudError as error:
            if error.code == "ProjectNotExist":
                return Look("missing")
            raise
        return Look("there")

    async def make(self) -> None:
        """Make it."""
        try:
            await self._cloud.log("CreateProject", "POST", "/", body=self._body)
        except CloudError as error:
            if error.code != "ProjectAlreadyExist":
                raise

    def commands(self) -> Sequence[str]:
        """One call of Alibaba Cloud's command line."""
        return [f"aliyun sls CreateProject --body {shlex.quote(json.dumps(self._body))}"]


class Store:
    """A log store.

    days: how long lines are kept.
    """

    def __init__(self, cloud: Cloud, project: str, facts: StoreFacts, *, days: int) -> None:
        self._cloud = cloud
        self._project = project
        self._name = facts.name
        self._days = days
        self._body = {**facts.store, "ttl": days}
        self.subject = f"log store {self._name}"
        self.needs = f"log project {project}"

    async def look(self) -> Look:
        """The store, and how long it keeps lines."""
        try:
            found = await self._cloud.log(
                "GetLogStore", "GET", f"/logstores/{self._name}", project=self._project
            )
        except CloudError as error:
            if error.code in ("LogStoreNotExist", "ProjectNotExist"):
                return Look("missing")
            raise
        days = found.get("ttl")
        if days != self._days:
            return Look("differs", f"it keeps lines {days} days instead of {self._days}")
        return Look("there", f"lines are kept {days} days")

    async def make(self) -> None:
        """Make it."""
        try:
            await self._cloud.log(
                "CreateLogStore", "POST", "/logstores", project=self._project, body=self._body
            )
        except CloudError as error:
            if error.code != "LogStoreAlreadyExist":
                raise

    def commands(self) -> Sequence[str]:
        """One call of Alibaba Cloud's command line."""
        body = shlex.quote(json.dumps(self._body))
        return [f"aliyun sls CreateLogStore --project {self._project} --body {body}"]


class Index:
    """A store's index, without which lines are kept and cannot be searched."""

    def __init__(self, cloud: Cloud, project: str, facts: StoreFacts) -> None:
        self._cloud = cloud
        self._project = project
        self._store = facts.name
        self._body = facts.index
        self.subject = f"log index {self._store}"
        self.needs = f"log store {self._store}"

    async def look(self) -> Look:
        """The index, and the fields it has."""
        path = f"/logstores/{self._store}/index"
        try:
            found = await self._cloud.log("GetIndex", "GET", path, project=self._project)
        except CloudError as error:
            if error.code in ("IndexConfigNotExist", "LogStoreNotExist", "ProjectNotExist"):
                return Look("missing")
            raise
        lacking = list(_lacking(self._body["keys"], found.get("keys") or {}))
        lacking += [] if found.get("line") else ["the full text"]
        if not lacking:
            return Look("there")
        listed = ", ".join(lacking[:_NAMED]) + (" …" if len(lacking) > _NAMED else "")
        return Look("differs", f"it lacks {listed}", repairable=True)

    async def make(self) -> None:
        """Make it, or add what it lacks; fields that others have added stay."""
        path = f"/logstores/{self._store}/index"
        try:
            await self._cloud.log("CreateIndex", "POST", path, project=self._project, body=self._body)
        except CloudError as error:
            if error.code != "IndexAlreadyExist":
                raise
            found = await self._cloud.log("GetIndex", "GET", path, project=self._project)
            keys = {**(found.get("keys") or {}), **self._body["keys"]}
            body = {"line": found.get("line") or self._body["line"], "keys": keys}
            await self._cloud.log("UpdateIndex", "PUT", path, project=self._project, body=body)

    def commands(self) -> Sequence[str]:
        """One call of Alibaba Cloud's command line."""
        body = shlex.quote(json.dumps(self._body))
        return [f"aliyun sls CreateIndex --project {self._project} --logstore {self._store} --body {body}"]


class Copy:
    """The job of Log Service that copies every line about an act into the audit's store.

    body: of CreateETL, filled in. role: what Log Service takes for it.
    """

    def __init__(self, cloud: Cloud, project: str, body: Mapping[str, Any], *, role: str) -> None:
        self._cloud = cloud
        self._project = project
        self._body = body
        self._name = str(body["name"])
        self.subject = f"log copy {self._name}"
        self.needs = f"policy of role {role}"

    async def look(self) -> Look:
        """The job, and what it copies from where to where."""
        path = f"/etls/{self._name}"
        try:
            found = await self._cloud.log("GetETL", "GET", path, project=self._project)
        except CloudError as error:
            if error.code in ("JobNotExist", "ProjectNotExist"):
                return Look("missing")
            raise
        theirs, ours = found.get("configuration") or {}, self._body["configuration"]
        other = [name for name in ("script", "logstore", "sinks") if theirs.get(name) != ours[name]]
        if other:
            return Look("differs", f"it has another {' and another '.join(other)}")
        status = str(found.get("status", ""))
        if status and status not in _AT_WORK:
            return Look("differs", f"it is {status}: start it in Log Service's console")
        return Look("there")

    async def make(self) -> None:
        """Make it."""
        try:
            await self._cloud.log("CreateETL", "POST", "/etls", project=self._project, body=dict(self._body))
        except CloudError as error:
            if error.code != "JobAlreadyExist":
                raise

    def commands(self) -> Sequence[str]:
        """One call of Alibaba Cloud's command line."""
        body = shlex.quote(json.dumps(self._body))
        return [f"aliyun sls CreateETL --project {self._project} --body {body}"]


def _lacking(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[str]:
    """The fields of ours that theirs does not have, those inside of a JSON object as `message.total_ms`."""
    for name, wanted in ours.items():
        there = theirs.get(name)
        if there is None:
            yield name
            continue
        inside = there.get("json_keys") or {}
        yield from (f"{name}.{key}" for key in wanted.get("json_keys") or {} if key not in inside)
