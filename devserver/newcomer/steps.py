"""What the newcomer types. What is said about it stands in words.yaml. Pure."""

from __future__ import annotations

import msgspec

#: Where the newcomer's clone comes from; the walk takes this repository instead.
REPOSITORY = "https://github.com/<you>/rag-on-dingtalk"
#: Begins, and ends with the walk.
DEMO = "make demo"
#: Has to be told where the walk's demo is.
ASK = "make ask"

ANSWERS = """\
road: s
region: cn-hangzhou
bot: handbook
title: 员工手册助手
client_id: dingexample0appkey01
administrators: user0001
backend: anythingllm
base_url: https://kb.example.com
workspace: handbook
"""


class Step(msgspec.Struct, frozen=True):
    """One command.

    key: of what is said in front of it.
    first, last: lines of its output that are kept; the rest is left out.
    """

    key: str
    command: str
    first: int = 30
    last: int = 6


_PYTHON = ".venv/bin/python -m rag_on_dingtalk"

STEPS = (
    Step("clone", f"git clone --quiet {REPOSITORY} rag-on-dingtalk && cd rag-on-dingtalk"),
    Step("demo", DEMO),
    Step("ask", f'{ASK} Q="年假有几天？"'),
    Step(
        "doctor",
        f'eval "$(.venv/bin/python -m devserver --env)" && {_PYTHON} doctor --person user0001',
    ),
    Step("answers", "cat answers.yaml"),
    Step("plan", f"{_PYTHON} setup --answers answers.yaml --yes --dry-run", 80, 8),
    Step("setup", f"{_PYTHON} setup --answers answers.yaml --yes", 100, 10),
    Step("again", f"{_PYTHON} setup --yes --no-doctor", 30, 12),
    Step("check", f"set -a; . ./.env; set +a; {_PYTHON} check"),
    Step("package", "make package"),
)

LAST = "s deploy -t infra/s.yaml"
