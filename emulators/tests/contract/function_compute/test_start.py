"""A host that cannot start says why and leaves nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from emulators.faults import FaultBoard
from emulators.function_compute import FunctionComputeHost, SYamlError
from emulators.tests.contract.function_compute.watched import FUNCTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from emulators.tests.contract.function_compute.watched import Watched


async def test_a_missing_variable_is_named_and_the_port_is_free_again() -> None:
    host = FunctionComputeHost(s_yaml=FUNCTIONS, env={}, credentials={"a": "b"}, faults=FaultBoard())

    with pytest.raises(SYamlError, match="the environment variable STATE is not set"):
        await host.start()

    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(host.api_url)


def test_a_host_without_credentials_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="credentials is empty"):
        FunctionComputeHost(s_yaml=tmp_path / "s.yaml", env={}, credentials={}, faults=FaultBoard())


async def test_the_functions_and_the_faults_are_known(watched: Watched) -> None:
    assert "echo" in [function.name for function in watched.host.functions()]
    assert {kind.name.partition(".")[0] for kind in watched.faults.kinds} == {"function_compute"}
    with pytest.raises(LookupError, match="no function 'missing'"):
        await watched.host.invoke("missing", b"")
