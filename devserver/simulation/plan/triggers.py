"""Faults that strike when something happens: after the card is created, while a retry looks at the claim."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from devserver.simulation.plan.weather import Outage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from devserver.simulation.books.trace import Event
    from devserver.simulation.plan.drafts import Trigger
    from devserver.simulation.plan.weather import Weather
    from devserver.simulation.scheduler.process import Process
    from devserver.simulation.services.function_compute import FunctionCompute
    from devserver.simulation.services.secrets import Secrets
    from devserver.simulation.world import World


class Triggers:
    """The triggers of one schedule, each of which strikes once."""

    def __init__(self, triggers: Sequence[Trigger]) -> None:
        self._waiting: dict[str, list[Trigger]] = {}
        for trigger in triggers:
            self._waiting.setdefault(trigger.on, []).append(trigger)
        self._seen: Counter[str] = Counter()
        self._armed = True

    def bind(
        self,
        world: World,
        functions: FunctionCompute,
        services: Mapping[str, Weather],
        secrets: Secrets,
        decide: Callable[[str], None],
    ) -> None:
        """Who can be struck; decide: lets the experiment stand so from now on."""
        self._decide = decide
        self._world = world
        self._functions = functions
        self._services = services
        self._secrets = secrets

    def disarm(self) -> None:
        """From now on nothing strikes."""
        self._armed = False

    def take(self, event: Event, process: Process | None) -> None:
        """An event happened."""
        waiting = self._waiting.get(event.kind)
        if not waiting or not self._armed:
            return
        self._seen[event.kind] += 1
        seen = self._seen[event.kind]
        for trigger in [one for one in waiting if one.nth == seen]:
            waiting.remove(trigger)
            if trigger.delay:
                self._world.later(trigger.delay, self._strike, trigger, event.turn_id, process)
            else:
                self._strike(trigger, event.turn_id, process)

    def _strike(self, trigger: Trigger, turn_id: str, process: Process | None) -> None:
        world = self._world
        if not self._armed:
            return
        detail = f"after {trigger.on} {trigger.nth}, {trigger.delay:.3f} s"
        match trigger.action:
            case "kill" if process is not None and not process.dead:
                world.note("FAULT kill", turn_id, detail, process=process)
                world.loop.kill(process)
            case "freeze" if process is not None and not process.dead:
                world.note("FAULT freeze", turn_id, f"{detail}, for {trigger.seconds:.1f} s", process=process)
                world.loop.freeze(process, trigger.seconds)
            case "tablestore" | "dingtalk":
                struck = None if trigger.everybody else process
                who = "everybody" if struck is None else struck.name
                words = f"{detail}: {trigger.fate} for {who}, for {trigger.seconds:.2f} s"
                world.note(f"FAULT {trigger.action}", turn_id, words)
                until = world.loop.time() + trigger.seconds
                self._services[trigger.action].begin(Outage(until, trigger.fate, struck))
            case "kms":
                world.note("FAULT kms", turn_id, f"{detail}: for {trigger.seconds:.2f} s")
                self._secrets.begin_outage(trigger.seconds)
            case "again_elsewhere" | "again_here":
                world.note("again", turn_id, trigger.action, process=process)
                self._functions.again(turn_id, trigger.action == "again_here")
            case "experiment":
                world.note("decided", turn_id, f"{trigger.state}, {detail}")
                self._decide(trigger.state)
            case "housekeeping":
                self._functions.begin(self._functions.housekeeping())
