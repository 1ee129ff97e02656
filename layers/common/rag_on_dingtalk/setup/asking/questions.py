"""What setup has to know, one entry each: the prompt, the flag and the check come from here. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from rag_on_dingtalk.settings.checks.bots import BOT_NAME
from rag_on_dingtalk.storage import instance_name

_REGION = re.compile(r"[a-z]{2}-[a-z]+(-[0-9]+)?", re.ASCII)
_APP = re.compile(r"[a-z][a-z0-9-]{1,28}[a-z0-9]", re.ASCII)
_ORIGIN = re.compile(r"https?://[^/\s@]+(?:/\S*)?")
_STAFF = re.compile(r"[^\s,]+(?:,[^\s,]+)*")
_TEMPLATE = re.compile(r"[A-Za-z0-9-]+\.schema")
_LONGEST_DAYS = 3_650

#: Says what is wrong, or nothing.
Check = Callable[[str], str]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One decision.

    name: as in an answers file; the flag is the same with hyphens.
    prompt: what is asked, without a question mark.
    variable: where `.env` keeps the answer; empty: not there.
    default: taken with --yes, and by pressing Enter; empty: has to be answered.
    choices: the only answers, where there are few.
    optional: may stay empty.
    """

    name: str
    prompt: str
    variable: str = ""
    default: str = ""
    choices: tuple[str, ...] = ()
    optional: bool = False
    check: Check | None = None

    @property
    def flag(self) -> str:
        """As it is typed."""
        return f"--{self.name.replace('_', '-')}"

    def problem(self, answer: str) -> str:
        """What is wrong with an answer, as a sentence; empty: nothing."""
        if not answer:
            return "" if self.optional else "Nothing was given."
        if any(character < " " or character == "\x7f" for character in answer):
            return "It has a line break or another control character."
        if self.choices and answer not in self.choices:
            return f"{answer!r} is not one of {', '.join(self.choices)}."
        return self.check(answer) if self.check else ""


def _fits(form: re.Pattern[str], sentence: str) -> Check:
    return lambda answer: "" if form.fullmatch(answer) else f"{answer!r} {sentence}"


def _days(answer: str) -> str:
    fits = answer.isascii() and answer.isdecimal() and 1 <= int(answer[:6]) <= _LONGEST_DAYS
    return "" if fits else f"{answer!r} is no number of days from 1 to {_LONGEST_DAYS}."


_ACCOUNT = _fits(
    re.compile(r"[0-9]{5,20}", re.ASCII), "is no account: a number, under your picture in the console."
)

ROAD = Question(
    name="road",
    prompt="Deploy with Serverless Devs (s) or with Terraform (terraform)",
    default="s",
    choices=("s", "terraform"),
)

PLACE = (
    Question(
        name="region",
        prompt="Region",
        variable="DEPLOY_REGION",
        default="cn-hangzhou",
        check=_fits(_REGION, "is no region such as cn-hangzhou."),
    ),
    Question(
        name="app_name",
        prompt="What the names of functions and roles begin with",
        variable="APP_NAME",
        default="rag-on-dingtalk",
        check=_fits(_APP, "is not 3 to 30 lower-case letters, digits and hyphens that begin with a letter."),
    ),
    Question(
        name="python",
        prompt="Python of the functions; 3.10 is offered in every region",
        variable="DEPLOY_PYTHON",
        default="3.12",
        choices=("3.12", "3.10"),
    ),
)

ACCOUNT = Question(
    name="account_id",
    prompt="Number of the Alibaba Cloud account",
    variable="DEPLOY_ACCOUNT_ID",
    check=_ACCOUNT,
)

INSTANCE = Question(
    name="tablestore_instance",
    prompt="Name of the Tablestore instance, unique within the region",
    variable="TABLESTORE_INSTANCE",
    check=instance_name.problem,
)

LOG_DAYS = Question(
    name="log_days",
    prompt="Days to keep logs; in China's mainland they must be kept for six months",
    default="180",
    check=_days,
)

BOT = Question(
    name="bot",
    prompt="Name of the bot, the last part of its address",
    default="handbook",
    check=_fits(BOT_NAME, "does not fit an address: lower-case letters, digits and hyphens, at most 40."),
)

#: Of one bot; each but the last three is a setting of its own.
ABOUT_A_BOT = (
    Question(name="title", prompt="What people call it", default="知识助手"),
    Question(name="client_id", prompt="Client ID (凭证与基础信息 in DingTalk's developer console)"),
    Question(
        name="administrators",
        prompt="Staff ids to tell when a quota runs out, with commas",
        optional=True,
        check=_fits(_STAFF, "is no list of staff ids such as user01,user02."),
    ),
    Question(name="buttons", prompt="Own card template with buttons", default="no", choices=("yes", "no")),
    Question(name="events", prompt="Event subscription (事件订阅)", default="no", choices=("yes", "no")),
)

CARD_ID = Question(
    name="card_id",
    prompt="Id of the card template (卡片平台), ends in .schema",
    check=_fits(_TEMPLATE, "is no template id: it ends in .schema."),
)

BACKEND = Question(
    name="backend",
    prompt="Which product answers",
    default="anythingllm",
    choices=("anythingllm", "dify", "openai", "bailian"),
)

_URL = _fits(_ORIGIN, "is no address: http:// or https:// and a host, without a user or password.")

#: What each product needs beside its key.
OF_A_PRODUCT = {
    "anythingllm": (
        Question(name="base_url", prompt="Its address, as the browser shows it", check=_URL),
        Question(name="workspace", prompt="The workspace's slug"),
    ),
    "dify": (
        Question(name="base_url", prompt="Its address, as the API page shows it, with /v1", check=_URL),
    ),
    "openai": (
        Question(name="base_url", prompt="Its address, with /v1", check=_URL),
        Question(name="model", prompt="The model's name"),
    ),
    "bailian": (Question(name="app_id", prompt="The application's id"),),
}

#: Where `.env` keeps each product's key.
KEY_OF_A_PRODUCT = {
    "anythingllm": "ANYTHINGLLM_API_KEY",
    "dify": "DIFY_API_KEY",
    "openai": "OPENAI_API_KEY",
    "bailian": "BAILIAN_API_KEY",
}


def every_question() -> dict[str, Question]:
    """All of them by name; two products' questions of one name are one here."""
    asked = [ROAD, *PLACE, ACCOUNT, INSTANCE, LOG_DAYS, BOT, *ABOUT_A_BOT, CARD_ID, BACKEND]
    return {one.name: one for one in (*asked, *(each for many in OF_A_PRODUCT.values() for each in many))}
