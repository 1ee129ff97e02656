"""The fields that the events of a flow have in one version and not in another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.rag_server.dify.versions import V0_15, V1_12

if TYPE_CHECKING:
    from emulators.rag_server.dify.answers.wire import Json
    from emulators.rag_server.versions import Version


def of_start(version: Version) -> Json:
    """`workflow_started`: runs were numbered until 1.x, which says why one started."""
    return {"sequence_number": 1} if version < V1_12 else {"reason": "initial"}


def of_end(version: Version) -> Json:
    """`workflow_finished`: nodes may fail without the run since 0.15, which counts them."""
    number = {"sequence_number": 1} if version < V1_12 else {}
    return number if version < V0_15 else {"exceptions_count": 0, **number}


def of_node(version: Version) -> Json:
    """Where a node is: branches and loops came one after the other; outside of them there are nulls."""
    inside: tuple[str, ...] = ("iteration_id",)
    if version >= V0_15:
        inside = ("parallel_id", "parallel_start_node_id", "parent_parallel_id", *inside)
    if version >= V1_12:
        inside = (*inside, "loop_id")
    return dict.fromkeys(inside)


def of_text(version: Version) -> Json:
    """A piece of text names the variable it comes from since 0.15."""
    return {} if version < V0_15 else {"from_variable_selector": ["llm", "text"]}
