"""Log Service's projects, stores and indexes. Pure.

Sources: Log Service 2020-12-30 (`alibabacloud-sls20201230` 5.15.1), its operations' pages and that of error
codes.
"""

from __future__ import annotations

import re
from typing import Any

from emulators.cloud.refusals import RefusalError

_PROJECT = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", re.ASCII)
_STORE = re.compile(r"[a-z0-9][a-z0-9_-]{0,61}[a-z0-9]", re.ASCII)
_PATH = re.compile(r"/logstores(?:/(?P<store>[^/]+)(?P<index>/index)?)?")
_JOB = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}[a-z0-9]", re.ASCII)
_SINK = ("name", "endpoint", "project", "logstore", "datasets", "roleArn")
_LONGEST_TTL = 3_650
_MOST_SHARDS = 256


class Projects:
    """The projects of one account in one region.

    foreign: names that other accounts have.
    """

    def __init__(self, foreign: frozenset[str] = frozenset()) -> None:
        self._foreign = foreign
        self.projects: dict[str, dict[str, Any]] = {}
        self.stores: dict[tuple[str, str], dict[str, Any]] = {}
        self.indexes: dict[tuple[str, str], dict[str, Any]] = {}
        #: Jobs that copy lines from store to store.
        self.jobs: dict[tuple[str, str], dict[str, Any]] = {}

    def call(self, method: str, project: str, path: str, given: dict[str, Any]) -> dict[str, Any]:
        """Carry one call out; project: what the host begins with, empty for none.

        Raises:
            RefusalError: as Log Service would refuse.
        """
        if path == "/" and not project and method == "POST":
            return self._create_project(given)
        if project not in self.projects:
            raise RefusalError(404, "ProjectNotExist", f"The Project does not exist : {project}")
        if path == "/" and method == "GET":
            return self.projects[project]
        if path == "/etls" or path.startswith("/etls/"):
            return self._job(method, project, path.removeprefix("/etls").removeprefix("/"), given)
        return self._of_store(method, project, path, given)

    def _of_store(self, method: str, project: str, path: str, given: dict[str, Any]) -> dict[str, Any]:
        match = _PATH.fullmatch(path)
        if match is None:
            raise RefusalError(404, "InvalidAPI", f"{method} {path} is no operation.")
        if match["index"] is not None:
            return self._index(method, project, match["store"], given)
        if match["store"] is None and method == "POST":
            return self._create_store(project, given)
        if match["store"] is not None and method == "GET":
            return self._known_store(project, match["store"])
        return self._refused(method, path)

    def _refused(self, method: str, path: str) -> dict[str, Any]:
        raise RefusalError(405, "InvalidMethod", f"{method} {path} is no operation.")

    def _create_project(self, given: dict[str, Any]) -> dict[str, Any]:
        name = given.get("projectName")
        if not isinstance(name, str) or not _PROJECT.fullmatch(name):
            raise RefusalError(400, "ParameterInvalid", f"The project name is invalid : {name}")
        if not isinstance(given.get("description"), str):
            raise RefusalError(400, "ParameterInvalid", "The description is required.")
        if name in self.projects or name in self._foreign:
            raise RefusalError(400, "ProjectAlreadyExist", f"Project {name} already exist.")
        self.projects[name] = {"projectName": name, "description": given["description"], "status": "Normal"}
        return {}

    def _create_store(self, project: str, given: dict[str, Any]) -> dict[str, Any]:
        name, ttl, shards = given.get("logstoreName"), given.get("ttl"), given.get("shardCount")
        if not isinstance(name, str) or not _STORE.fullmatch(name):
            raise RefusalError(400, "ParameterInvalid", f"logstore {name} is invalid")
        if type(ttl) is not int or not 1 <= ttl <= _LONGEST_TTL:
            raise RefusalError(400, "ParameterInvalid", f"ttl {ttl} is invalid")
        if type(shards) is not int or not 1 <= shards <= 10:
            raise RefusalError(400, "ParameterInvalid", f"shardCount {shards} is invalid")
        if given.get("autoSplit") and not 1 <= int(given.get("maxSplitShard") or 0) <= _MOST_SHARDS:
            raise RefusalError(400, "ParameterInvalid", "maxSplitShard is required with autoSplit")
        if (project, name) in self.stores:
            raise RefusalError(400, "LogStoreAlreadyExist", f"logstore {name} already exists")
        self.stores[project, name] = dict(given)
        return {}

    def _known_store(self, project: str, name: str) -> dict[str, Any]:
        if (project, name) not in self.stores:
            raise RefusalError(404, "LogStoreNotExist", f"logstore {name} does not exist")
        return self.stores[project, name]

    def _index(self, method: str, project: str, store: str, given: dict[str, Any]) -> dict[str, Any]:
        self._known_store(project, store)
        there = (project, store) in self.indexes
        if method == "GET":
            if not there:
                raise RefusalError(404, "IndexConfigNotExist", "index config doesn't exist")
            return self.indexes[project, store]
        if method not in ("POST", "PUT"):
            return self._refused(method, "/index")
        if there and method == "POST":
            raise RefusalError(400, "IndexAlreadyExist", "log store index is already created")
        if not there and method == "PUT":
            raise RefusalError(404, "IndexConfigNotExist", "index config doesn't exist")
        if not (given.get("line") or given.get("keys")):
            raise RefusalError(400, "IndexInfoInvalid", "neither line nor keys is given")
        parts = [*([given["line"]] if given.get("line") else []), *(given.get("keys") or {}).values()]
        texts = [part for part in parts if part.get("type", "text") in ("text", "json")]
        if not all(isinstance(part.get("token"), list) and part["token"] for part in texts):
            raise RefusalError(400, "IndexInfoInvalid", "a text has no token")
        self.indexes[project, store] = dict(given)
        return {}

    def _job(self, method: str, project: str, name: str, given: dict[str, Any]) -> dict[str, Any]:
        if method == "GET" and name:
            if (project, name) not in self.jobs:
                raise RefusalError(404, "JobNotExist", f"Job {name} does not exist")
            return self.jobs[project, name]
        if method != "POST" or name:
            return self._refused(method, "/etls")
        name = str(given.get("name", ""))
        if not _JOB.fullmatch(name) or not given.get("displayName"):
            raise RefusalError(400, "ParameterInvalid", "name and displayName are required")
        how = given.get("configuration") or {}
        if how.get("lang") != "SPL" or not how.get("script") or not how.get("roleArn"):
            raise RefusalError(400, "ParameterInvalid", "lang, script and roleArn are required")
        if type(how.get("fromTime")) is not int or type(how.get("toTime")) is not int:
            raise RefusalError(400, "ParameterInvalid", "fromTime and toTime are required")
        self._known_store(project, str(how.get("logstore")))
        for sink in how.get("sinks") or [{}]:
            if not all(sink.get(field) for field in _SINK):
                raise RefusalError(400, "ParameterInvalid", f"a sink needs {', '.join(_SINK)}")
            self._known_store(sink["project"], sink["logstore"])
        if (project, name) in self.jobs:
            raise RefusalError(400, "JobAlreadyExist", f"Job {name} already exists")
        self.jobs[project, name] = {**given, "status": "RUNNING"}
        return {}
