"""Fixes undone, one at a time, in a copy of the library: each must make the books fail.

An edit replaces a piece of text that occurs exactly once. When the code moves on, the mutation fails and says
so: name the text that does it now.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from devserver.settings import LIBRARY, ROOT

if TYPE_CHECKING:
    from pathlib import Path

#: A fix that is undone must be noticed within this many schedules.
MOST_SCHEDULES = 5_000
_PACKAGE = "rag_on_dingtalk"
_PROGRAM = """
import sys
import rag_on_dingtalk
assert rag_on_dingtalk.__file__.startswith(sys.argv[1]), rag_on_dingtalk.__file__
from devserver.simulation.__main__ import main
sys.exit(main(sys.argv[2:]))
"""


@dataclass(frozen=True)
class Mutation:
    """A fix undone: pieces of text of the library, and what each becomes.

    name: says what is broken.
    edits: (module, text, what it becomes).
    recipe: the kind of trouble that finds it, all when empty; seed: a schedule that finds it today. When the
    code has moved on and that schedule balances, the ones after it are tried.
    """

    name: str
    edits: tuple[tuple[str, str, str], ...]
    recipe: str = ""
    seed: int = 1


_TURNS = "storage/turns/turns.py"
_CLAIM = "worker/claim.py"
_QUESTION = "worker/handlers/question.py"
_REPLY = "worker/handlers/turn_reply.py"
_RECORD = "worker/turn_record.py"
_SENDER = "delivery/reply_sender.py"
_FENCE = "delivery/fence.py"
_INVOCATION = "worker/invocation.py"
_COUNTERS = "storage/shared/limit_counters.py"
_LIMITS = "access/limits/turn_limits.py"
_ACCESS = "pipeline/stages/access.py"

_KEY = "knowledge/cache_key.py"
_FLIGHTS = "knowledge/answer_cache.py"
_SHARED = "pipeline/stages/answer_cache.py"

_BLIND_AT_ONCE = (_CLAIM, "_TRIES_BEFORE_BLIND = 3", "_TRIES_BEFORE_BLIND = 1")
_IN_HANDLER = " " * 20
_LOST_LOGGED = 'log("claim_lost", level="WARNING", error=str(error))\n'
_LOST_IS_DUPLICATE = (
    _QUESTION,
    _LOST_LOGGED,
    _LOST_LOGGED + f"{_IN_HANDLER}ticket.finished(by_another=True)\n" + f'{_IN_HANDLER}return "duplicate"\n',
)
_NOT_BUILT = 'level="ERROR", bot=name, error=str(error))\n'
_RAISE = "            raise\n"
_LOST = "                except LostClaimError as error:\n                    # Not"

#: The rules of the claim protocol, each undone.
MUTATIONS = (
    Mutation(
        "an invocation that finds the turn taken takes it for its own",
        ((_TURNS, "        if lease.owner == owner:\n", "        if lease.owner:\n"),),
        "calm",
    ),
    # A retry must wait for the end of the turn, or of the lease.
    Mutation(
        "a turn that is being answered counts as a duplicate",
        ((_CLAIM, "if claim is Refused.DONE:", "if claim in Refused:"),),
        "retry_goes_blind",
    ),
    Mutation(
        "a delivery that has seen the row goes blind at the first silence",
        (
            (_CLAIM, "                may_be_blind = False\n", "                may_be_blind |= False\n"),
            _BLIND_AT_ONCE,
        ),
        "duplicate_goes_blind",
        seed=104,
    ),
    Mutation(
        "a retry goes blind at the first silence, and its lost claim counts as a duplicate",
        (
            (_CLAIM, "return invocation.retries == 0 and self", "return self"),
            (_CLAIM, "_YOUNG_MS = 15_000", "_YOUNG_MS = 600_000"),
            (_CLAIM, "                may_be_blind = False\n", "                may_be_blind |= False\n"),
            _BLIND_AT_ONCE,
            _LOST_IS_DUPLICATE,
        ),
        "retry_goes_blind",
        seed=4,
    ),
    # Only a row that is there refuses a claim, also when it cannot be read just then.
    Mutation(
        "a claim that was refused is forgotten when the row cannot be read",
        ((_TURNS, "                if refused:\n", "                if False:\n"),),
        "duplicate_goes_blind",
        seed=7241,
    ),
    # What this process answers, or has answered, it does not answer once more without Tablestore.
    Mutation(
        "a second delivery is answered beside the first of the same process",
        (
            (
                "worker/one_at_a_time.py",
                "self._locks.setdefault(turn_id, anyio.Lock())",
                "anyio.Lock()",
            ),
        ),
        "duplicate_goes_blind",
        seed=6713,
    ),
    # What is not finished stays in its queue, where housekeeping finds it.
    Mutation(
        "a question that failed leaves its queue",
        (
            (
                "conversations/ticket.py",
                "            if self._finished:\n                followed",
                "            if self.own.in_inbox:\n                followed",
            ),
        ),
        "dingtalk_long_away",
        seed=3,
    ),
    # A bot that cannot be built now is built by the next try.
    Mutation(
        "a bot that could not be built once is not there",
        (
            (
                "worker/bot_runtimes.py",
                _NOT_BUILT,
                _NOT_BUILT + "                    self.settings = {}\n",
            ),
        ),
        "kms_away",
        seed=3,
    ),
    Mutation(
        "a question of a bot that cannot be built is dropped",
        (
            (
                _QUESTION,
                _LOST,
                f'                except ConfigurationError:\n{_IN_HANDLER}return "no_such_bot"\n' + _LOST,
            ),
            (_QUESTION, "            await ticket.enter_without_waiting()\n", ""),
        ),
        "kms_away",
    ),
    # Around hiccups of Tablestore, one answer.
    Mutation(
        "finished turns are not remembered",
        (
            (
                _QUESTION,
                "        self._given[turn_id] = given\n",
                "        self._given.pop(turn_id, None)\n",
            ),
        ),
        "duplicate_goes_blind",
        seed=70,
    ),
    Mutation(
        "a claim that is in doubt begins afresh",
        (
            (
                _TURNS,
                "            return Claimed(lease, found.outcome)\n",
                "            return Claimed(lease, Outcome())\n",
            ),
        ),
        "takeover_in_doubt",
        seed=5,
    ),
    Mutation(
        "the next owner begins afresh",
        ((_TURNS, "return Claimed(taken, outcome) if won", "return Claimed(taken, Outcome()) if won"),),
        "takeover_in_doubt",
        seed=10,
    ),
    Mutation(
        "a takeover that Tablestore did not confirm begins afresh",
        (
            (
                _TURNS,
                "return Claimed(taken, outcome) if won else Refused.TAKEN",
                "return Claimed(taken, outcome if won else Outcome())",
            ),
        ),
        "takeover_in_doubt",
        seed=5,
    ),
    Mutation(
        "a reply leaves before it is recorded",
        (
            (
                _REPLY,
                "    await record.commit()\n    outcome = record.outcome",
                "    outcome = record.outcome",
            ),
        ),
        "takeover_in_doubt",
        seed=16,
    ),
    # An owner sends nothing once its own clock has passed its confirmed lease.
    Mutation(
        "the fence is always open",
        (
            (
                _FENCE,
                "        return self._clock() <",
                "        return self._until_ms >= 0 or self._clock() <",
            ),
        ),
        "frozen_owner",
        seed=29,
    ),
    Mutation(
        "calls of the API pass no fence",
        (
            (
                "delivery/quota/reservation.py",
                "        fence, worthless_later = self._fence,",
                "        fence, worthless_later = None,",
            ),
        ),
        "frozen_owner",
        seed=29,
    ),
    Mutation(
        "a message by the webhook passes no fence",
        ((_SENDER, "        await self._fence.opened()\n        title", "        title"),),
        "frozen_before_its_message",
    ),
    Mutation(
        "the fence stays open until the lease ends",
        ((_INVOCATION, "        return self.lease_ms // 2\n", "        return 0\n"),),
        "slow_clock_cut_off",
        seed=121,
    ),
    # Who loses the claim waits: the new owner may die as well.
    Mutation(
        "a lost claim counts as a duplicate",
        (_LOST_IS_DUPLICATE,),
        "heir_dies",
    ),
    # Whose reply is out goes on until the turn is finished: the next owner may be dead.
    Mutation(
        "a finishing write that was refused ends the invocation",
        (
            (
                _RECORD,
                'except StateError as error:\n            self._log("not_recorded"',
                'except (StateError, LostClaimError) as error:\n            self._log("not_recorded"',
            ),
        ),
        "limits",
        seed=4003981,
    ),
    # A creation that was given up may be carried out after the turn is finished.
    Mutation(
        "a card that was not there is not looked for again",
        (("delivery/deliver.py", "            await watch()\n", "            pass\n"),),
        "card_half_away",
        seed=4000719,
    ),
    # While Tablestore is away a second delivery may create a card, and die.
    Mutation(
        "a card of another delivery is not looked for",
        (
            (
                "delivery/deliver.py",
                "    elif record.outcome.card is CardState.NONE and record.away",
                "    elif False and record.away",
            ),
        ),
        "given_beside_a_dead_owner",
        seed=9000069,
    ),
    # A card that the turn's row names is its owner's.
    Mutation(
        "a blind owner closes a card on which the next owner has answered",
        (
            (
                "worker/turn_record.py",
                "return row is not None and row.outcome.card is CardState.DELIVERED\n",
                "return False\n",
            ),
        ),
        "blind_owner_wakes",
    ),
    # Without a lease, too, a process that slept asks before it sends.
    Mutation(
        "a blind owner that was frozen goes on",
        ((_FENCE, "        self.confirmed(until_ms)\n", "        self.confirmed(2**53)\n"),),
        "blind_owner_wakes",
        seed=2018,
    ),
    # No call of a blind owner's may create a card that it does not know of.
    Mutation(
        "the creation of a card is given up on its way",
        (("delivery/answer_card.py", "held.shield = self._record.blind", "held.shield = False"),),
        "given_beside_a_dead_owner",
        seed=29725,
    ),
    # A card is relied on only when its delivery is recorded.
    Mutation(
        "a card is shown before it is recorded",
        (
            (
                "delivery/answer_card.py",
                "            await self._record.commit()\n            if state is",
                "            if state is",
            ),
        ),
        "killed_on_its_card",
    ),
    Mutation(
        "a card that was there already is trusted",
        (
            (
                _SENDER,
                "DingTalk does not tell.\n                return CardState.UNKNOWN\n",
                "DingTalk does not tell.\n                return CardState.DELIVERED\n",
            ),
            (
                _RECORD,
                "        self.may_create_card = card is CardState.UNTOUCHED or (\n",
                "        self.may_create_card = card is not CardState.DELIVERED or (\n",
            ),
        ),
        "undelivered",
        seed=10,
    ),
    Mutation(
        "a card of which no record says that it was delivered is left open",
        (
            (
                "delivery/deliver.py",
                "    if record.outcome.card is CardState.UNKNOWN and sender.may_have_cards:\n",
                "    if record.outcome.card is CardState.UNKNOWN and not sender.may_have_cards:\n",
            ),
        ),
        "dingtalk_long_away",
        seed=3,
    ),
    Mutation(
        "a card that DingTalk refuses to an invocation is not there",
        ((_RECORD, "CardState.UNKNOWN if grant.after_blind else", "CardState.NONE if grant else"),),
        "blind_owner_dies",
        seed=7,
    ),
    Mutation(
        "a card whose creation is in doubt is trusted",
        ((_SENDER, "return CardState.UNKNOWN if error", "return CardState.DELIVERED if error"),),
        "undelivered",
        seed=26,
    ),
    Mutation(
        "a card may always be created once more",
        (
            (
                _RECORD,
                "card is CardState.UNTOUCHED or (",
                "card in CardState or (",
            ),
        ),
        "undelivered",
        seed=12,
    ),
    Mutation(
        "a question whose turn was taken over is counted by the old owner, too",
        (
            (
                _QUESTION,
                _LOST,
                f"                except LostClaimError:\n{_IN_HANDLER}await self._journal.finished("
                "QuestionEvent(turn_id=question.turn_id, bot=question.bot, asked_ms=question.asked_ms))\n"
                f"{_IN_HANDLER}raise\n" + _LOST,
            ),
        ),
    ),
    # A write that was given up may arrive much later.
    Mutation(
        "a late write opens a finished turn again",
        ((_TURNS, "outcome, below_ms=lease.until_ms)", "outcome, below_ms=NEVER_MS + 1)"),),
        "late_writes",
        seed=6,
    ),
    # An answer that is given again belongs to its key, and many who ask at once are one call.
    Mutation(
        "an answer is given to people with other rights",
        ((_KEY, "        sorted(permitted),\n", ""),),
        "cache",
        seed=6,
    ),
    Mutation(
        "an answer is given to other words",
        ((_KEY, "        plain_words(question.text),\n    )", "    )"),),
        "cache",
        seed=6,
    ),
    Mutation(
        "each who asks the same asks the backend",
        ((_SHARED, "            if not look.leader:\n", "            if look:\n"),),
        "cache",
        seed=6,
    ),
    # Two guards, each of which a test of its own undoes; without both a wait has no end.
    Mutation(
        "a leader that died is followed for ever",
        (
            (
                _FLIGHTS,
                "        if flight.mark in self._flying:\n            return",
                "        if flight:\n            return",
            ),
            (_SHARED, "            or waited_ms >= _LONGEST_MS\n", ""),
            # Each look is a step of the simulation.
            (_SHARED, "_LOOK_HERE_SECONDS = 1.0, 5.0\n", "_LOOK_HERE_SECONDS = 60.0, 60.0\n"),
        ),
        "dead_leader",
    ),
    # A question is counted once however often it is tried, and not at all without an answer.
    Mutation(
        "a counter does not know whom it has counted",
        (
            (
                _COUNTERS,
                "both(missing_or_below(_COUNT, below), missing(turn_id))",
                "missing_or_below(_COUNT, below)",
            ),
            (_COUNTERS, "                if counted:\n", "                if counted and attempt < 0:\n"),
        ),
        "limits",
        seed=2,
    ),
    Mutation(
        "what is given back twice is taken out twice",
        (
            (
                _COUNTERS,
                "counted = there_and_other(turn_id, _GIVEN_BACK)",
                "counted = there_and_other(_COUNT, _GIVEN_BACK)",
            ),
        ),
        "limits",
    ),
    Mutation(
        "a retry does not give back what the first attempt has counted",
        ((_LIMITS, "        if self._again:\n            # An", "        if False:\n            # An"),),
        "limits",
        seed=124,
    ),
    Mutation(
        "an instance that was frozen counts what its new owner has given back",
        ((_COUNTERS, "missing(turn_id)),\n", "missing_or_below(turn_id, _IN_IT)),\n"),),
        "limits",
        seed=21463,
    ),
    Mutation(
        "a card that was created without a claim is left to an owner that knows nothing of it",
        ((_REPLY, "        if record.lost:\n", "        if not record:\n"),),
        "limits",
        seed=20605,
    ),
    # A question stays in its arm.
    Mutation(
        "a canary answers before it is recorded that it may",
        ((_ACCESS, "        await context.record.commit()\n", "        pass\n"),),
        "experiment",
    ),
    Mutation(
        "a retry that finds no decision draws its asker anew",
        ((_ACCESS, 'return None if context.first else Kept("", ())', "return None"),),
        "experiment",
        seed=58,
    ),
    Mutation(
        "a limit is looked at and then counted",
        (
            (_COUNTERS, "if attempt == 0 and not look_first and", "if attempt < 0 and"),
            (_COUNTERS, "await self._add(counter, turn_id, most):", "await self._add(counter, turn_id, 99):"),
        ),
        "limits",
        seed=31,
    ),
    Mutation(
        "a place is taken where none is free",
        (
            (
                _COUNTERS,
                "            if await self._add(counter, turn_id, most, until_ms):\n",
                "            if await self._add(counter, turn_id, 99, until_ms):\n",
            ),
        ),
        "limits",
        seed=211,
    ),
    # A message is taken in once, also when its retry comes after the next one.
    Mutation(
        "a skill that asks back remembers the last message only",
        (
            (
                "knowledge/skills/flow.py",
                "        known = {**self.taken, turn: reply}\n",
                "        known = {turn: reply}\n",
            ),
        ),
        "skills",
        seed=15,
    ),
)


def mutated(folder: Path, mutation: Mutation) -> Path:
    """A copy of the library with the mutation's edits; returns what goes on the path."""
    copy = folder / "library"
    # What is compiled stays good: the copies of the files are as old as the originals.
    shutil.copytree(LIBRARY / _PACKAGE, copy / _PACKAGE)
    for module, text, other in mutation.edits:
        file = copy / _PACKAGE / module
        source = file.read_text(encoding="utf-8")
        if source.count(text) != 1:
            pytest.fail(f"{module} does not hold exactly once: {text!r}. Name what does it now.")
        file.write_text(source.replace(text, other), encoding="utf-8")
    return copy


def simulate(
    library: Path, *, schedules: int, seed: int = 1, recipe: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the simulation on a library until the first breach; exit status 1: it found one."""
    arguments = ["--seed", str(seed), "--schedules", str(schedules), "--jobs", "1", "--until-breach"]
    arguments += ["--only", recipe] if recipe else []
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(library), *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(library), str(ROOT)))},
        capture_output=True,
        text=True,
        check=False,
    )
