"""What the documents say about deploying is so: numbers, tests, secrets, tables of variables."""

from __future__ import annotations

import importlib.util
import math
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from rag_on_dingtalk.cost.function_compute import CALLBACK, active_cu, cny
from rag_on_dingtalk.cost.prices import load_prices
from tests.infra.documents.texts import DOCUMENTS, ROOT, links, name_of, text, twin

if TYPE_CHECKING:
    from pathlib import Path

DOCS = ROOT / "docs"
S_YAML = yaml.safe_load((ROOT / "infra" / "s.yaml").read_text(encoding="utf-8"))
BOTH = ("", ".zh-CN")
CHINESE = [path for path in DOCUMENTS if path.name.endswith(".zh-CN.md")]
#: A row of the table of people: how many, and the instances of each function.
_PEOPLE = re.compile(r"^\| (\d+) \| (\d+) \| (\d+) \| (\d+) \| 1 \| (\d+) \| (\d+) \|$", re.MULTILINE)


def _loaded(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TERRAFORM = _loaded(ROOT / "infra" / "terraform" / "document.py")


def _default(variable: str) -> int:
    (found,) = set(re.findall(rf"env\('{variable}', '(\d+)'\)", text(ROOT / "infra" / "s.yaml")))
    return int(found)


@pytest.mark.parametrize("language", BOTH)
def test_a_flood_costs_what_the_document_says(language: str) -> None:
    prices = load_prices().function_compute
    said = text(DOCS / "cost.md")

    def an_hour(instances: int) -> float:
        return cny(prices.tiers, active_cu(prices, CALLBACK, seconds=instances * 3600, invocations=0))

    million = cny(prices.tiers, active_cu(prices, CALLBACK, seconds=0, invocations=1_000_000))
    assert f"default of {_default('CALLBACK_INSTANCES')} a flood" in said
    assert f"{an_hour(_default('CALLBACK_INSTANCES')):.2f} CNY an hour" in said
    assert f"{an_hour(50):.2f} CNY an hour" in said
    assert f"{round(million + 0.0001, 2):.2f} CNY a million requests" in said
    assert "cost.md" in "".join(links(DOCS / "guides" / f"deploy-serverless-devs{language}.md"))


@pytest.mark.parametrize("language", BOTH)
def test_instances_for_a_number_of_people_are_reckoned_as_it_says(language: str) -> None:
    rows = _PEOPLE.findall(text(DOCS / f"quotas{language}.md"))

    assert len(rows) == 4
    for people, callback, answer, failed, reserved, quota in (map(int, row) for row in rows):
        at_once = people / 20
        assert callback == max(_default("CALLBACK_INSTANCES"), math.ceil(at_once / 10 * 1.5 / 50))
        assert answer == max(_default("ANSWER_INSTANCES"), math.ceil(at_once / 60))
        assert failed == max(_default("FAILED_ANSWER_INSTANCES"), math.ceil(at_once / 80))
        assert reserved == callback + answer + failed + 1
        assert quota == math.ceil(round(reserved / 0.9, 6))


def test_the_table_for_few_people_is_what_is_deployed_by_default() -> None:
    defaults = [_default(f"{name}_INSTANCES") for name in ("CALLBACK", "ANSWER", "FAILED_ANSWER")]

    assert f"| 2000 | {' | '.join(map(str, defaults))} | 1 |" in text(DOCS / "quotas.md")


@pytest.mark.parametrize("path", TERRAFORM.documents(), ids=lambda path: path.name)
def test_the_tables_of_variables_are_what_the_module_has_now(path: Path) -> None:
    assert text(path) == TERRAFORM.documents()[path], "Run: python infra/terraform/document.py"


def test_every_variable_and_output_is_in_the_table_and_none_is_left_over() -> None:
    every = {entry.name for entry in TERRAFORM.entries()}
    declared = {
        name
        for file in (ROOT / "infra" / "terraform").glob("*.tf")
        for name in re.findall(r'^(?:variable|output) "(\w+)"', text(file), re.MULTILINE)
    }

    assert every == declared
    assert set(yaml.safe_load(text(TERRAFORM.CHINESE))) == every
    assert all(len(entry.description) > 20 for entry in TERRAFORM.entries())


@pytest.mark.parametrize("language", BOTH)
def test_every_test_that_a_check_names_exists(language: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)`: `(test_\w+)`", text(DOCS / f"deploy-checks{language}.md"))

    assert len(named) > 30
    assert [one for one in named if f"def {one[1]}(" not in text(ROOT / one[0])] == []


def test_both_languages_name_the_same_tests() -> None:
    pages = [re.findall(r"`(test_\w+)`", text(DOCS / f"deploy-checks{language}.md")) for language in BOTH]

    assert pages[0] == pages[1]


@pytest.mark.parametrize("language", BOTH)
def test_changing_every_secret_is_explained(language: str) -> None:
    example = re.findall(r"^([A-Z_]+)=", text(ROOT / ".env.example"), re.MULTILINE)
    secrets = {name for name in example if re.search(r"SECRET|TOKEN|KEY", name)}
    guide = text(DOCS / "guides" / f"rotate-secrets{language}.md")

    assert len(secrets) > 10
    assert {name for name in secrets if f"`{name}`" not in guide} == set()


@pytest.mark.parametrize(
    "document", [path for path in DOCUMENTS if path.name.endswith(".zh-CN.md")], ids=name_of
)
def test_a_chinese_page_leads_to_chinese_pages(document: Path) -> None:
    english = document.with_name(document.name.replace(".zh-CN.md", ".md"))
    near = [document.parent / link for link in links(document) if "://" not in link and link.endswith(".md")]

    astray = [
        path.name
        for path in near
        if not path.name.endswith(".zh-CN.md") and twin(path).exists() and path.resolve() != english.resolve()
    ]
    assert astray == []


def test_the_guides_say_which_python_packaging_needs() -> None:
    for road in ("serverless-devs", "terraform"):
        for language in BOTH:
            guide = text(DOCS / "guides" / f"deploy-{road}{language}.md")

            assert "**Python 3.12**" in guide
            assert "uv python install 3.12" in guide
