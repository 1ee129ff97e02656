"""Starts the processes of new instances, whatever the kind of their runtime."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from emulators.function_compute.fault_kinds import DEFAULT_START_SECONDS, SLOW_START, take_seconds
from emulators.function_compute.runtimes.builtin import RuntimeApi, launch_builtin
from emulators.function_compute.runtimes.custom import launch_custom
from emulators.function_compute.runtimes.environment import child_environment
from emulators.function_compute.runtimes.processes import Reaper

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulators.faults import FaultBoard
    from emulators.function_compute.description.s_yaml import Function
    from emulators.function_compute.invocation import Identity
    from emulators.function_compute.runtimes.base import Launch, Runtime
    from emulators.function_compute.runtimes.programs import Programs


class Launcher:
    """Knows what every process needs.

    programs: where functions' code lies on this machine, and what runs it.
    instance_env: function and instance id → variables that only this instance has.
    on_log: called with function, instance id and line.
    """

    def __init__(
        self,
        *,
        programs: Programs,
        instance_env: Callable[[str, str], Mapping[str, str]],
        identity: Identity,
        faults: FaultBoard,
        on_log: Callable[[str, str, str], None],
    ) -> None:
        self._programs = programs
        self._instance_env = instance_env
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
        environment.update(self._instance_env(function.name, instance_id))

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
