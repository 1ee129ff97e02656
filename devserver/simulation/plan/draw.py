"""Who asks what and when, and which faults strike at which moment: drawn from one seed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Literal

from devserver.simulation.plan.recipes import RECIPES
from devserver.simulation.plan.weather import CALM, Rates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devserver.simulation.plan.drafts import Draft, Trigger
    from devserver.simulation.services.backend import Manner
    from rag_on_dingtalk.settings.sections.limits import Limit


@dataclass(frozen=True)
class PlannedQuestion:
    """One question.

    at: seconds after the beginning. token: makes its answer unlike every other's, and its text where there is
        no topic. topic: what is asked, the same words for all who ask it.
    pauses: seconds before each piece of the backend's answer.
    webhook: its sessionWebhook can be used. long: the answer takes several messages.
    again: seconds after which Function Compute delivers the message once more, without being asked to.
    """

    number: int
    at: float
    token: str
    chat: str
    group: bool
    manner: Manner
    pauses: tuple[float, ...]
    webhook: bool
    long: bool
    again: tuple[float, ...]
    topic: str = ""


@dataclass(frozen=True)
class Plan:
    """One schedule.

    recipe: which kind of trouble its triggers are drawn for.
    skews: seconds by which the clocks of the instances are ahead, one after the other.
    retry_pauses: seconds before Function Compute's first retry, the second …
    rounds_every, first_round: housekeeping, in seconds.
    undelivered: how often a card is delivered nowhere. no_cards: how often it is not even created.
    kms_away: how long KMS is away at first, in seconds.
    kill_at_timeout: an invocation that takes too long costs its instance, or only its request.
    counted: DingTalk's calls are counted in Tablestore. limits: of the bot. experiment: it has one. skills:
        every question is meant for its skill.
    per_second: calls to each API of DingTalk's; few of them make cards wait for their places.
    cache: the bot gives answers again. privileged: who may use a further route of it.
    """

    seed: int
    recipe: str
    questions: tuple[PlannedQuestion, ...]
    instances: int
    skews: tuple[float, ...]
    tablestore: Rates
    dingtalk: Rates
    triggers: tuple[Trigger, ...]
    retry_pauses: tuple[float, ...]
    rounds_every: float
    first_round: float
    undelivered: float
    no_cards: float
    kms_away: float
    kill_at_timeout: bool
    counted: bool
    cards: bool
    streaming: Literal["live", "economical", "final"]
    limits: tuple[Limit, ...] = ()
    cache: bool = False
    privileged: frozenset[str] = frozenset()
    per_second: int = 20
    experiment: bool = False
    skills: bool = False


def draw_plan(seed: int, recipes: Sequence[str] = ()) -> Plan:
    """The schedule that belongs to a seed.

    recipes: only these; none named: all.
    """
    random = Random(f"plan {seed}")  # noqa: S311 - to be repeated, not to be secret
    chosen = [recipe for recipe in RECIPES if not recipes or recipe.name in recipes]
    recipe = random.choices(chosen, weights=[one.weight or bool(recipes) for one in chosen])[0]
    draft = recipe.draw(random)
    chats = draft.chats or random.randint(1, 2)
    count = draft.questions or random.choices((1, 2, 3, 4), weights=(6, 3, 1, 1))[0]
    base = random.choice((0.5, 1.0, 5.0, 30.0, 100.0))
    return Plan(
        seed=seed,
        recipe=recipe.name,
        questions=tuple(_question(random, number, chats, draft) for number in range(1, count + 1)),
        instances=random.randint(1, 2),
        skews=draft.skews or tuple(random.uniform(-5, 5) if draft.skewed else 0.0 for _ in range(6)),
        tablestore=draft.tablestore or _mild(random),
        dingtalk=draft.dingtalk or _mild(random),
        triggers=draft.triggers,
        retry_pauses=tuple(base * 2**number * random.uniform(0.8, 1.2) for number in range(4)),
        rounds_every=random.choice((60.0, 120.0, 600.0)),
        first_round=random.uniform(5.0, 120.0),
        undelivered=draft.undelivered,
        no_cards=draft.no_cards,
        kms_away=draft.kms_away,
        kill_at_timeout=random.random() < 0.5,
        counted=random.random() < 0.2,
        cards=random.random() < draft.cards,
        streaming=draft.streaming or random.choices(("economical", "live", "final"), weights=(6, 1, 1))[0],
        limits=draft.limits,
        cache=bool(draft.topics),
        privileged=draft.privileged,
        skills=draft.skills,
        # Drawn last: a seed of before means what it meant.
        per_second=random.choices((20, 1, 2), weights=(8, 1, 1))[0],
        experiment=draft.experiment,
    )


def _question(random: Random, number: int, chats: int, draft: Draft) -> PlannedQuestion:
    chat = random.randrange(chats)
    manners: tuple[Manner, ...] = ("answer", "fail", "break", "stall")
    pieces = random.randint(2, 4)
    longest = draft.slow_backend or 8.0 / pieces
    return PlannedQuestion(
        number=number,
        at=random.uniform(0.0, 3.0) if number > 1 else 0.0,
        token=f"〔{number:04}〕",
        chat=f"c{chat}",
        group=chat == 1,
        manner=random.choices(manners, weights=(4, 2, 1, 1) if draft.limits else (30, 1, 1, 1))[0],
        pauses=tuple(random.uniform(0.1, longest) for _ in range(pieces)),
        webhook=random.random() < 0.8,
        long=random.random() < draft.long,
        again=(random.choice((0.0, 0.5, 5.0, 20.0, 60.0)) * random.uniform(0.5, 1.5),)
        if random.random() < 0.2
        else (),
        topic=random.choice(draft.topics) if draft.topics else "",
    )


def _mild(random: Random) -> Rates:
    """Half of the schedules have calm weather besides what is aimed."""
    if random.random() < 0.5:
        return CALM
    return Rates(*(random.choice((0.0, 0.0, 0.02, 0.08)) for _ in range(4)))
