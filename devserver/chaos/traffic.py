"""Carries a plan out: people in chats, pushes, faults switched on and off."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devserver.system import HOUSEKEEPING
from emulators.dingtalk import Person

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from devserver.chaos.plan import Act, Chat, Plan, Utterance
    from devserver.chaos.weather import Spell
    from devserver.system import LocalSystem
    from emulators.dingtalk import Conversation, PushOutcome


@dataclass(frozen=True)
class Said:
    """An utterance and what became of its push."""

    utterance: Utterance
    chat: Chat
    outcome: PushOutcome


class Traffic:
    """The chats of one plan in a running system.

    lasting_seconds: how long faults that last are waited for, see `Plan.lasting`.
    """

    def __init__(self, system: LocalSystem, plan: Plan, lasting_seconds: float) -> None:
        self._system = system
        self._lasting_seconds = lasting_seconds
        self._plan = plan
        dingtalk = system.dingtalk
        self._people = [
            dingtalk.add_person(Person(nick=f"同事{number}", staff_id=f"chaos{number:04}"))
            for number in range(plan.people)
        ]
        self._conversations = [self._conversation(number) for number in range(len(plan.chats))]
        # One chat's messages leave in the order they were said; only then can their answers be in order.
        self._speaking = [asyncio.Lock() for _ in plan.chats]

    async def flow(self, on_act: Callable[[Act], None]) -> list[Said]:
        """Say everything; returns when every push has been answered, with all faults off.

        on_act: told each act before it begins.
        """
        faults = self._system.faults
        saying = []
        spells: tuple[Spell, ...] = ()
        for act in self._plan.acts:
            on_act(act)
            self._change_weather(spells, act)
            spells = act.spells
            for utterance in act.utterances:
                saying.append(asyncio.create_task(self._say(utterance)))
                await asyncio.sleep(utterance.pause)
        said = await asyncio.gather(*saying)
        if self._plan.lasting:
            # Or a function that starts slowly would never meet them.
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._system.functions.idle(), self._lasting_seconds)
        await asyncio.sleep(faults.outage_seconds_left())
        faults.switch_off()
        return said

    def _change_weather(self, spells: Sequence[Spell], act: Act) -> None:
        """The spells end, those of the act begin; an outage that has begun goes on."""
        faults = self._system.faults
        for spell in spells:
            faults.end_spell(spell.name)
        for spell in act.spells:
            spell.begin(faults)
        if act.outage is not None:
            act.outage.begin(faults)
        if act.housekeeping:
            self._system.functions.fire_timer(HOUSEKEEPING)

    def _conversation(self, number: int) -> Conversation:
        chat = self._plan.chats[number]
        robot = self._system.dingtalk.robot(chat.robot)
        people = [self._people[person] for person in chat.people]
        if len(people) == 1:
            return self._system.dingtalk.private(people[0], robot)
        return self._system.dingtalk.add_group(f"群 {number}", people, [robot])

    async def _say(self, utterance: Utterance) -> Said:
        chat = self._plan.chats[utterance.chat]
        async with self._speaking[utterance.chat]:
            outcome = await self._system.dingtalk.say(
                person=self._people[utterance.person],
                conversation=self._conversations[utterance.chat],
                text=utterance.text,
                robot=self._system.dingtalk.robot(chat.robot),
                times=utterance.times,
            )
        return Said(utterance, chat, outcome)
