"""Who is in which arm: the same people always, about as many as wanted, and no person changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.access.canary.arms import RUNNING, Kept, Trials, drawn
from rag_on_dingtalk.access.decision import Decision, decide
from rag_on_dingtalk.access.matching import facts_of
from rag_on_dingtalk.access.policy import Policy, policy_of
from rag_on_dingtalk.models.access import Grant, Profile
from rag_on_dingtalk.models.experiments import arms_of
from rag_on_dingtalk.settings.sections.access import AccessRule, QuestionWords, Route, Subjects, When
from rag_on_dingtalk.settings.sections.backends import AnythingLLM
from tests.builders import NOW_MS, a_bot
from tests.examples import cases

if TYPE_CHECKING:
    from collections.abc import Sequence

BACKEND = AnythingLLM(base_url="https://kb.example", api_key="env:KEY", workspace="w")
EVERYONE = Route(name="everyone", use="general")
PEOPLE = [f"user{number:05d}" for number in range(10_000)]


def a_policy(*routes: Route, bot: str = "handbook") -> Policy:
    backends = {"general": BACKEND, "next": BACKEND}
    return policy_of(a_bot(backend=None, backends=backends, routes=(*routes, EVERYONE)), bot)


def a_canary(percent: int | None = 10, *, name: str = "new-handbook", **more: Any) -> Route:
    fields = {key: more.pop(key) for key in ("experiment",) if key in more}
    return Route(name=name, use="next", when=When(percent=percent, **more), **fields)


def decided(
    policy: Policy,
    user: str,
    trials: Trials = RUNNING,
    *,
    text: str = "年假",
    group: str = "",
    **profile: Any,
) -> Decision:
    facts = facts_of(user, user, Profile(**profile), group=group, text=text)
    return decide(policy, facts, (), NOW_MS, trials)


def canary_of(policy: Policy, people: Sequence[str] = PEOPLE) -> set[str]:
    return {user for user in people if decided(policy, user).arm == "new-handbook:canary"}


def test_ten_percent_of_ten_thousand_people_are_between_nine_and_eleven() -> None:
    policy = a_policy(a_canary(10))
    canary = canary_of(policy)

    assert 900 <= len(canary) <= 1_100
    assert {decided(policy, user).arm for user in PEOPLE if user not in canary} == {"new-handbook:stable"}
    assert {decided(policy, user).use for user in canary} == {"next"}


def test_no_person_leaves_the_canary_while_its_part_only_grows() -> None:
    before: set[str] = set()
    for percent in (1, 5, 10, 25, 50, 99):
        now = canary_of(a_policy(a_canary(percent)), cases(PEOPLE))
        assert before <= now
        before = now


@pytest.mark.parametrize(
    ("bot", "experiment"), [("team", "new-handbook"), ("handbook", "other")], ids=["bot", "experiment"]
)
def test_another_bot_and_another_experiment_draw_other_people(bot: str, experiment: str) -> None:
    numbers = [drawn("handbook", "new-handbook", user) < 50 for user in PEOPLE]
    others = [drawn(bot, experiment, user) < 50 for user in PEOPLE]

    same = sum(one == other for one, other in zip(numbers, others, strict=True))
    assert 0.45 < same / len(PEOPLE) < 0.55


def test_what_a_person_asks_and_where_changes_no_arm() -> None:
    policy = a_policy(a_canary(30))
    for user in PEOPLE[:200]:
        asked = [(text, group) for text in ("年假", "报销") for group in ("", "c1")]
        arms = {decided(policy, user, text=text, group=group).arm for text, group in asked}
        assert len(arms) == 1


def test_people_groups_and_departments_may_be_named_in_place_of_a_part() -> None:
    by_name = a_policy(a_canary(None, users=("test01",), experiment="e"))
    by_group = a_policy(a_canary(None, groups=("cidTest",), experiment="e"))
    by_department = a_policy(a_canary(None, departments=(200,), experiment="e"))

    assert [decided(by_name, user).arm for user in ("test01", "user01")] == ["e:canary", "e:stable"]
    assert decided(by_group, "user01", group="cidTest").arm == "e:canary"
    assert decided(by_department, "user01", chains=((210, 200, 1),)).arm == "e:canary"
    assert decided(by_department, "user01", chains=((300, 1),)).arm == "e:stable"


def test_testers_and_a_part_of_all_may_be_one_experiment() -> None:
    testers = a_canary(None, name="testers", users=("test01",), experiment="new-handbook")
    policy = a_policy(testers, a_canary(10, experiment="new-handbook"))
    (experiment,) = policy.experiments

    assert [route.name for route in experiment.routes] == ["testers", "new-handbook"]
    assert decided(policy, "test01").arm == "new-handbook:canary"
    assert 900 <= len(canary_of(policy)) <= 1_100


def test_a_question_that_the_canary_would_not_get_is_in_no_arm() -> None:
    finance = Route(name="finance", use="general", when=When(departments=(200,)))
    policy = a_policy(finance, a_canary(50))
    only_vpn = a_policy(a_canary(50, question=QuestionWords(words=("VPN",))))

    assert {decided(policy, user, chains=((200, 1),)).arm for user in PEOPLE[:200]} == {""}
    assert {decided(only_vpn, user).arm for user in PEOPLE[:200]} == {""}
    assert {decided(only_vpn, user, text="VPN?").arm for user in PEOPLE[:200]} == {
        "new-handbook:canary",
        "new-handbook:stable",
    }


def test_two_experiments_are_told_apart() -> None:
    policy = a_policy(a_canary(50), a_canary(50, name="short", chat="private"))
    arms = [arms_of(decided(policy, user).arm) for user in PEOPLE[:2_000]]

    # Who is in the first one's canary is answered by it, whatever the second draws.
    assert {tuple(sorted(one.items())) for one in arms} == {
        (("new-handbook", "canary"),),
        (("new-handbook", "stable"), ("short", "canary")),
        (("new-handbook", "stable"), ("short", "stable")),
    }


@pytest.mark.parametrize("states", [{"new-handbook": "stopped"}, None])
def test_once_it_is_stopped_or_where_nothing_is_known_stable_answers_everyone(states: Any) -> None:
    decisions = [decided(a_policy(a_canary(50)), user, Trials(states)) for user in PEOPLE[:500]]

    assert {(one.use, one.arm) for one in decisions} == {("general", "")}


def test_once_it_is_promoted_everyone_who_fits_gets_it() -> None:
    policy = a_policy(a_canary(1, groups=("cidTest",)))
    promoted = Trials({"new-handbook": "promoted"})

    assert {decided(policy, user, promoted, group="cidTest").use for user in PEOPLE[:500]} == {"next"}
    assert {decided(policy, user, promoted, group="cidOther").use for user in PEOPLE[:500]} == {"general"}
    assert {decided(policy, user, promoted, group="cidTest").arm for user in PEOPLE[:500]} == {""}


@pytest.mark.parametrize("state", ["running", "stopped", "promoted", None])
def test_what_was_decided_first_stays_whatever_is_decided_since(state: Any) -> None:
    policy = a_policy(a_canary(50))
    now = Trials(None if state is None else {"new-handbook": state})
    for user in PEOPLE[:200]:
        first = decided(policy, user)
        kept = Trials(now.states, kept=Kept(first.arm, first.opened))

        again = decided(policy, user, kept)

        assert (again.use, again.arm, again.opened) == (first.use, first.arm, first.opened)


def test_a_bot_without_experiments_decides_as_ever() -> None:
    decision = decided(a_policy(), "user01")

    assert (decision.arm, decision.opened) == ("", ())


def test_being_drawn_changes_nothing_about_what_a_person_may_ask() -> None:
    team = Subjects(departments=(1,))
    rules = (
        AccessRule(name="staff", allow=team, routes=("everyone",)),
        AccessRule(name="out", deny=Subjects(users=("left01",)), routes=("everyone",)),
    )
    backends = {"general": BACKEND, "next": BACKEND}
    bot = a_bot(backend=None, backends=backends, routes=(a_canary(50), EVERYONE), access=rules)
    policy = policy_of(bot, "handbook")
    lent = Grant("g1", "handbook", "guest", "everyone", NOW_MS - 1, NOW_MS + 1, "boss")

    for user in PEOPLE[:200]:
        assert decided(policy, user, chains=((1,),)).allowed
        assert not decided(policy, user, chains=((2,),)).allowed
        facts = facts_of(user, user, Profile())
        assert decide(policy, facts, (lent,), NOW_MS).allowed
    kept = [Trials(kept=Kept("", opened)) for opened in ((), ("new-handbook",))]
    denied = [decided(policy, "left01", one, chains=((1,),)) for one in kept]
    assert [(one.route, one.rule) for one in denied] == [("everyone", "out"), ("new-handbook", "out")]
