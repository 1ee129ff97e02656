"""Function Compute on one machine: s.yaml in, running functions out."""

from __future__ import annotations

import asyncio
import secrets
import signal
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, cast

from emulators.function_compute import fault_kinds
from emulators.function_compute.asynchronous.queue import AsyncQueue, doubling_delay
from emulators.function_compute.description import s_yaml
from emulators.function_compute.http.api import InvokeApi
from emulators.function_compute.http.http_trigger import HttpTriggerApp
from emulators.function_compute.invocation import Identity, Invocation, Outcome
from emulators.function_compute.logs import LogTails
from emulators.function_compute.observation import Activity, HostEvent, InstanceRun, Journal, Stall
from emulators.function_compute.pool import InstanceView, Pool
from emulators.function_compute.runtimes.launcher import Launcher
from emulators.function_compute.runtimes.programs import beside
from emulators.function_compute.timers.schedule import TimerSchedule
from emulators.function_compute.timers.timer import timer_event
from emulators.serving import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from uvicorn._types import ASGIApplication

    from emulators.faults import FaultBoard
    from emulators.function_compute.asynchronous.tasks import Task
    from emulators.function_compute.description.s_yaml import Function, TimerTrigger
    from emulators.function_compute.runtimes.programs import Programs

#: Stands for the token that STS adds to a role's key. Any token is accepted, an unsigned one is not.
SECURITY_TOKEN = "local-security-token"


def new_request_id() -> str:
    """In the shape of the platform's: `1-00000000-000000000000000000000000`."""
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


class FunctionComputeHost:
    """Runs the functions of an s.yaml as child processes, and serves their API and URLs on loopback.

    env: what `${env('X')}` in it sees. INVOKE_ENDPOINT is this host's own API unless given.
    credentials: AccessKey id → secret of those who may call the API; the functions are given the first pair.
    programs: where their code lies, and what runs it; by default `code` is a folder relative to s_yaml.
    instance_env: function and instance id → variables that only this instance has.
    idle_seconds: how long an instance without work is kept.
    retry_delay: number of the retry (1, 2 …) → seconds to wait before it.
    on_log: called with function, instance id and line; on_event: with everything the inspector shows.
    """

    def __init__(  # noqa: PLR0913 - everything a cloud would know
        self,
        *,
        s_yaml: Path,
        env: Mapping[str, str],
        credentials: Mapping[str, str],
        account_id: str = "1000000000000001",
        faults: FaultBoard,
        on_log: Callable[[str, str, str], None] | None = None,
        on_event: Callable[[HostEvent], None] | None = None,
        programs: Programs | None = None,
        instance_env: Callable[[str, str], Mapping[str, str]] = lambda _function, _instance: {},
        idle_seconds: float = 300.0,
        retry_delay: Callable[[int], float] = doubling_delay,
    ) -> None:
        if not credentials:
            raise ValueError("credentials is empty. Give at least one AccessKey id and its secret.")
        self._s_yaml = s_yaml
        self._env = env
        self._credentials = credentials
        self._account_id = account_id
        self._on_log = on_log
        self._idle_seconds = idle_seconds
        self._activity = Activity()
        self._journal = Journal(on_event)
        self._tails = LogTails()
        self._launcher = Launcher(
            programs=programs or beside(s_yaml),
            instance_env=instance_env,
            identity=Identity(account_id, *next(iter(credentials.items())), SECURITY_TOKEN),
            faults=faults,
            on_log=self._log,
        )
        self._functions: dict[str, Function] = {}
        self._pools: dict[str, Pool] = {}
        self._triggers: dict[str, LoopbackServer] = {}
        self._timers = TimerSchedule(self._fire)
        self._queue = AsyncQueue(
            pools=self._pools,
            account_id=account_id,
            retry_delay=retry_delay,
            faults=faults,
            activity=self._activity,
            journal=self._journal,
            new_request_id=new_request_id,
        )
        api = InvokeApi(
            functions=self._functions,
            secrets=credentials,
            queue=self._queue,
            invoke=lambda function, body, request_id: self._run(function, Invocation(request_id, body)),
            log_tail=self._tails.tail,
            faults=faults,
            new_request_id=new_request_id,
        )
        self._api = LoopbackServer(cast("ASGIApplication", api.app))
        fault_kinds.declare(faults)

    @property
    def api_url(self) -> str:
        """Where InvokeFunction is accepted; valid once started."""
        return self._api.url

    def trigger_url(self, function: str) -> str:
        """The function's own URL, without a trailing slash; valid once started.

        Raises:
            LookupError: it has no HTTP trigger.
        """
        if function not in self._triggers:
            raise LookupError(
                f"{function} has no HTTP trigger. Those that have: {', '.join(self._triggers)}."
            )
        return self._triggers[function].url

    async def start(self) -> None:
        """Read s.yaml and start serving; functions start when they are needed.

        Raises:
            SYamlError, CronError: s.yaml asks for what cannot be had here.
        """
        await self._api.start()
        try:
            env = {"INVOKE_ENDPOINT": self.api_url, **self._env}
            text = self._s_yaml.read_text(encoding="utf-8")
            self._functions.update(s_yaml.load(text, env, account_id=self._account_id))
            await self._launcher.start()
            for function in self._functions.values():
                await self._prepare(function)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End every function and close every port. What is queued is lost."""
        await self._timers.stop()
        await self._queue.stop()
        await asyncio.gather(*(pool.stop() for pool in self._pools.values()))
        servers = (*self._triggers.values(), self._api)
        await asyncio.gather(*(server.stop() for server in servers), self._launcher.stop())

    def functions(self) -> list[Function]:
        """Those of s.yaml."""
        return list(self._functions.values())

    def tasks(self) -> list[Task]:
        """The async invocations, oldest first."""
        return self._queue.book.all()

    def instances(self) -> list[InstanceView]:
        """Those that live."""
        return [view for pool in self._pools.values() for view in pool.instances()]

    def runs(self) -> list[InstanceRun]:
        """The newest invocations on instances, finished or not, in the order they began."""
        return list(self._journal.runs)

    def stalls(self) -> list[Stall]:
        """The newest times in which an instance that had work stood still."""
        return list(self._journal.stalls)

    async def invoke(self, function: str, payload: bytes) -> Outcome:
        """Invoke synchronously, without the API.

        Raises:
            LookupError: there is no such function.
            ThrottledError: all its instances are full.
        """
        return await self._run(self._named(function), Invocation(new_request_id(), payload))

    def enqueue(self, function: str, payload: bytes) -> Task:
        """Invoke asynchronously, without the API.

        Raises:
            LookupError: there is no such function.
            PayloadTooLargeError: nothing was queued.
        """
        return self._queue.submit(self._named(function), payload, request_id=new_request_id())

    def fire_timer(self, function: str) -> None:
        """Fire the function's timers now, enabled or not.

        Raises:
            LookupError: there is no such function, or it has no timer.
        """
        timers = self._named(function).timers
        if not timers:
            raise LookupError(f"{function} has no timer trigger.")
        for timer in timers:
            self._fire(self._named(function), timer, datetime.now(timezone.utc))

    def kill_instance(self, function: str, signum: signal.Signals = signal.SIGKILL) -> str:
        """Signal the function's busiest instance; returns its id.

        Raises:
            LookupError: there is no such function, or it has no instance.
        """
        return self._pools[self._named(function).name].kill(signum)

    async def idle(self) -> None:
        """Return when the queue is empty and nothing runs; what is only delayed is delivered early."""
        await self._activity.over()
        while self._queue.deliver_delayed():
            await self._activity.over()

    def _named(self, name: str) -> Function:
        if name not in self._functions:
            raise LookupError(f"s.yaml has no function {name!r}, only {', '.join(self._functions)}.")
        return self._functions[name]

    async def _prepare(self, function: Function) -> None:
        self._pools[function.name] = Pool(
            function,
            launch=self._launcher.of(function),
            idle_seconds=self._idle_seconds,
            journal=self._journal,
        )
        if function.http_trigger:
            app = HttpTriggerApp(
                function,
                methods=function.http_trigger.trigger_config.methods,
                account_id=self._account_id,
                run=self._run,
                queue=self._queue,
                journal=self._journal,
                on_log=self._log,
                new_request_id=new_request_id,
            )
            self._triggers[function.name] = LoopbackServer(cast("ASGIApplication", app))
            await self._triggers[function.name].start()
        self._timers.start(function)

    async def _run(self, function: Function, invocation: Invocation) -> Outcome:
        with self._activity.one_more():
            outcome = await self._pools[function.name].run(invocation)
        self._journal.note(
            "invocation_failed" if outcome.failed else "invocation_succeeded",
            function.name,
            request_id=invocation.request_id,
            instance_id=outcome.instance_id,
        )
        return outcome

    def _fire(self, function: Function, trigger: TimerTrigger, moment: datetime) -> None:
        event = timer_event(
            trigger_name=trigger.trigger_name, payload=trigger.trigger_config.payload, moment=moment
        )
        request_id = new_request_id()
        self._journal.note("timer_fired", function.name, request_id=request_id)
        self._queue.submit(function, event, request_id=request_id)

    def _log(self, function: str, instance_id: str, line: str) -> None:
        self._tails.add(instance_id, line)
        if self._on_log is not None:
            self._on_log(function, instance_id, line)
