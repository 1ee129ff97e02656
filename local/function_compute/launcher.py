"""Starts the processes of new instances, whatever the kind of their runtime."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from local.function_compute.builtin_runtime import RuntimeApi, launch_builtin
from local.function_compute.custom_runtime import launch_custom
from local.function_compute.environment import child_environment
from local.function_compute.fault_kinds import DEFAULT_START_SECONDS, SLOW_START, take_seconds
from local.function_compute.processes import Reaper

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.faults import FaultBoard
    from local.function_compute.invocation import Identity
    from local.function_compute.programs import Programs
    from local.function_compute.runtime import Launch, Runtime
    from local.function_compute.s_yaml import Function


class Launcher:
    """Knows what every process needs.

    programs: where functions' code lies on this machine, and what runs it.
    on_log: called with function, instance id and line.
    """

    def __init__(
        self,
        *,
        programs: Programs,
        identity: Identity,
        faults: FaultBoard,
        on_log: Callable[[str, str, str], None],
    ) -> None:
        self._programs = programs
        self._identity = identity
        self._faults = faults
        self._on_log = on_log
        self._reaper = Reaper()
        self._runtime_api = RuntimeApi()

    async def start(self) -> None:
        """Get ready for the first instance."""
        await self._reaper.start()
        await self._runtime_api.start()

    async def stop(self) -> None:
        """The instances have ended."""
        await self._runtime_api.stop()
        await self._reaper.stop()

    def of(self, function: Function) -> Launch:
        """How instances of `function` are started."""

        async def launch(instance_id: str) -> Runtime:
            await asyncio.sleep(take_seconds(self._faults, SLOW_START, DEFAULT_START_SECONDS) or 0.0)
            return await self._launch(function, instance_id)

        return launch

    async def _launch(self, function: Function, instance_id: str) -> Runtime:
        environment = child_environment(
            function,
            identity=self._identity,
            instance_id=instance_id,
            code=self._programs.folder(function.code),
            python_path=self._programs.python_path,
            machine=os.environ,
        )

        def on_line(line: str) -> None:
            self._on_log(function.name, instance_id, line)

        if function.is_custom:
            return await launch_custom(
                function,
                identity=self._identity,
                programs=self._programs,
                environment=environment,
                on_line=on_line,
                reaper=self._reaper,
            )
        return await launch_builtin(
            function,
            instance_id,
            identity=self._identity,
            programs=self._programs,
            environment=environment,
            on_line=on_line,
            reaper=self._reaper,
            api=self._runtime_api,
        )
