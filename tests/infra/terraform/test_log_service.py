"""What Log Service keeps and shows: described once in infra/logs, made alike by both roads."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from infra.logs.__main__ import FOLDER, files
from infra.logs.dashboard import CHARTS
from infra.logs.fields import _merged, of_acts, of_functions
from rag_on_dingtalk.observability.events import Act, QuestionEvent, log_fields_of
from rag_on_dingtalk.observability.log_lines import line_logger
from rag_on_dingtalk.setup.cloud.log_facts import read_log_facts
from rag_on_dingtalk.setup.cloud.ram import filled_in
from rag_on_dingtalk.storage.tables import AUDIT
from tests.in_process import MemoryRows
from tests.infra.terraform.plans.policies import POLICIES, POLICY_VALUES, grants, trusted
from tests.infra.terraform.plans.workspace import VARIABLES, TerraformError, resources
from tests.unit.worker.test_auditor import GRANT, REFUSAL, AuditorSetup

if TYPE_CHECKING:
    from rag_on_dingtalk.observability.log_lines import LogLine
    from tests.infra.terraform.plans.workspace import Workspace

HALF_A_YEAR = 180
EVENT = QuestionEvent(turn_id="t1", bot="handbook", asked_ms=1, outcome="answered")


@pytest.mark.parametrize("name", sorted(files()))
def test_what_is_generated_is_committed_as_the_code_says(name: str) -> None:
    assert json.loads((FOLDER / name).read_text("utf-8")) == files()[name], "Run: make docs"


def test_every_field_of_a_question_and_of_an_act_in_the_log_is_indexed_with_its_type() -> None:
    fields = of_functions()

    for name, value in {**log_fields_of(EVENT), **_fields_of_an_act()}.items():
        assert fields[name] is type(value), name
    assert set(_fields_of_an_act()) <= set(of_acts())


def test_no_field_that_names_a_person_or_a_question_is_indexed_of_questions() -> None:
    assert {"asker", "conversation", "question", "feedback"}.isdisjoint(of_functions())


def test_a_name_with_two_types_is_refused() -> None:
    with pytest.raises(ValueError, match="count is int and str"):
        _merged({"count": int}, {"count": str})


def test_log_service_takes_no_more_than_a_hundred_fields_of_an_object() -> None:
    assert max(len(of_functions()), len(of_acts())) <= 100


def test_the_charts_ask_for_fields_that_are_indexed_and_bound_what_they_read() -> None:
    known = set(of_functions())
    for chart in CHARTS:
        assert set(re.findall(r"message\.(\w+)", chart.query)) <= known, chart.title
        assert re.search(r" limit \d+$", chart.query), chart.title
        shown = set(re.findall(r" as (\w+)", chart.query))
        assert {*chart.x, *chart.y} <= shown, chart.title


def _fields_of_an_act() -> dict[str, Any]:
    return {name: getattr(GRANT, name) for name in Act.__struct_fields__}


def _taken(line: str) -> bool:
    """Whether the job copies the line: its script is one LIKE."""
    script = json.loads((FOLDER / "audit-job.json").read_text("utf-8"))["configuration"]["script"]
    found = re.fullmatch(r"\* \| where message like '%(.*)%'", script)
    assert found is not None
    assert not set("%_") & set(found[1])
    return found[1] in line


async def _lines(log_of: Any) -> list[str]:
    """What an auditor prints of an act, a refusal, and an act that could not be recorded."""
    stream = io.StringIO()
    log: LogLine = log_of(stream)
    setup = AuditorSetup(MemoryRows())
    setup.auditor._log = log
    await setup.auditor.record(GRANT)
    await setup.auditor.record(REFUSAL)
    setup.rows.missing = {"audit"}
    await setup.auditor.record(GRANT)
    return stream.getvalue().splitlines()


def _own(stream: io.StringIO) -> LogLine:
    return line_logger("housekeeping", stream=stream)


def _spaced(stream: io.StringIO) -> LogLine:
    """As Powertools' Logger writes: with blanks behind colons."""

    def log(message: str, **fields: Any) -> None:
        stream.write(json.dumps({"message": message, **fields}, ensure_ascii=False) + "\n")

    return log


@pytest.mark.parametrize("log_of", [_own, _spaced])
async def test_the_copy_has_every_line_about_an_act_and_no_other(log_of: Any) -> None:
    lines = await _lines(log_of)
    stream = io.StringIO()
    log = log_of(stream)
    log("answered", **log_fields_of(EVENT))
    log("asked_by_click", action="approve", error='someone wrote "act": here')
    log("access_decided", allowed=True, rule="finance", reason="allow")

    messages = [json.loads(line)["message"] for line in lines]
    assert messages[:2] == ["sensitive_act", "act"]
    assert "act_not_recorded" in messages
    assert all(_taken(line) for line in lines)
    assert not any(_taken(line) for line in stream.getvalue().splitlines())


def test_the_roads_make_the_same_stores_indexes_and_copy(workspace: Workspace) -> None:
    state = workspace.outcome()
    facts = read_log_facts(FOLDER)

    stores = {one["logstore_name"]: one for one in resources(state, "alicloud_log_store")}
    indexes = {one["logstore"]: one for one in resources(state, "alicloud_log_store_index")}
    for described in (facts.functions, facts.audit):
        assert stores[described.name]["retention_period"] == described.days >= HALF_A_YEAR
        fields = {one["name"]: one for one in indexes[described.name]["field_search"]}
        assert {name: one["type"] for name, one in fields.items()} == {
            name: one["type"] for name, one in described.index["keys"].items()
        }
        assert {one["name"]: one["type"] for one in fields["message"]["json_keys"]} == {
            name: one["type"] for name, one in described.index["keys"]["message"]["json_keys"].items()
        }
    assert facts.audit.days * 86_400 >= AUDIT.ttl_seconds

    (job,) = resources(state, "alicloud_sls_etl")
    described_job = filled_in(facts.copy_file, POLICY_VALUES)
    how = described_job["configuration"]
    (made,) = job["configuration"]
    assert (job["job_name"], job["project"]) == (described_job["name"], POLICY_VALUES["LOG_PROJECT"])
    assert {
        name: made[name] for name in ("script", "lang", "logstore", "from_time", "to_time", "role_arn")
    } == {
        "script": how["script"],
        "lang": how["lang"],
        "logstore": how["logstore"],
        "from_time": how["fromTime"],
        "to_time": how["toTime"],
        "role_arn": how["roleArn"],
    }
    camel = {"roleArn": "role_arn"}
    assert made["sink"] == [
        {camel.get(name, name): value for name, value in one.items()} for one in how["sinks"]
    ]


def test_only_log_service_takes_the_copiers_role_and_it_reads_one_store_and_writes_the_other(
    workspace: Workspace,
) -> None:
    state = workspace.outcome()
    name = "rag-on-dingtalk-log-copier"
    (role,) = (one for one in resources(state, "alicloud_ram_role") if one["role_name"] == name)
    (policy,) = (one for one in resources(state, "alicloud_ram_policy") if one["policy_name"] == name)

    assert trusted(json.loads(role["assume_role_policy_document"])) == {"log.aliyuncs.com"}
    given = grants(json.loads(policy["policy_document"]))
    assert given == grants(filled_in(POLICIES / "log_copier.json", POLICY_VALUES))
    posting = {(action, where.rpartition("/")[2]) for action, where in given if "Post" in action}
    assert {where for _, where in posting} == {"audit"}
    assert not [action for action, _ in given if "Delete" in action or "*" in action]


def test_the_audits_copy_is_never_kept_for_less_than_half_a_year(workspace: Workspace) -> None:
    workspace.set(**VARIABLES, audit_retention_days=HALF_A_YEAR - 1)
    with pytest.raises(TerraformError, match="from 180 to 3650 days"):
        workspace.plan()

    workspace.set(**VARIABLES, audit_retention_days=HALF_A_YEAR)
    stores = {
        one["logstore_name"]: one["retention_period"]
        for one in resources(workspace.outcome(), "alicloud_log_store")
    }
    assert stores["audit"] == HALF_A_YEAR


def test_the_dashboard_is_the_described_one(workspace: Workspace) -> None:
    (dashboard,) = resources(workspace.outcome(), "alicloud_log_dashboard")

    assert dashboard["project_name"] == POLICY_VALUES["LOG_PROJECT"]
    assert json.loads(dashboard["attribute"]) == {"type": "grid"}
    assert json.loads(dashboard["char_list"]) == json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
