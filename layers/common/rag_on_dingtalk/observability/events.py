"""What is said of a question and of an administrative act: one flat record each, and what every field means.

The same names stand in the log line (`answered`), in the row of `questions` and in docs/events.md, which
`make docs` writes from the docstrings here. A name is never used for something else, and no name here is one
that a log line has already (`observability/log_lines.py`).
"""

from __future__ import annotations

import msgspec

from rag_on_dingtalk.models.experiments import arms_of
from rag_on_dingtalk.observability.days import day_of, hour_of
from rag_on_dingtalk.observability.histogram import bucket_of

#: What `cache` says of a question that the backend was not asked.
GIVEN_AGAIN = ("hit", "flight")
#: Of a question, in its row.
MOST_CHARACTERS = 500


class QuestionEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One question, once it is finished.

    turn_id: the question's identity in every log line, table and card, and at the backend (`X-Request-Id`).
    bot: its name in bots.yaml.
    asked_ms: when DingTalk created the message, milliseconds since the epoch.
    asker: staff id, or DingTalk's encrypted id of a person outside; not in the log.
    chat: `private` or `group`. conversation: DingTalk's id of it; not in the log.
    question: its first 500 characters; not in the log, and empty where the bot does not keep it.
    message_type: DingTalk's `msgtype`.
    outcome: `answered`, `nothing_found`, `failed`, `stopped`, `refused`, or the stage that replied.
    failure: why there is no whole answer; empty: there is.
    backend: the kind of the backend.
    channel: `card`, `webhook` or `openapi`, whichever took the reply.
    attempt: 1 when the first invocation answered.
    waited_ms: from the message until an invocation had claimed it.
    first_text_ms: from the message until the first text was shown, or the reply was out.
    total_ms: from the message until the reply was out.
    citations: sources named. characters: of the answer. attachments: pictures and files that came along.
    repeated: 1 when a tap asked the same question again.
    calls: DingTalk API calls spent.
    prompt_tokens, completion_tokens: as the backend counts them; 0 when it does not.
    route, rule: which route was taken, which rule decided; empty where there is none.
    cache: `hit`: an answer was there; `flight`: another question's answer was waited for; `miss`: the backend
        was asked; empty: the question cannot share an answer, or the bot has no cache.
    routed: why that route: the condition of its rule (`words`, `regex`, `code` …), `conversation`: an earlier
        answer came from it, `asked`: a deeper answer was asked for, `failure`: another backend had failed.
    skill: which skill or curated answer replied, and its version, such as `leave@2`; empty: none.
    expert: `asked` when it was passed on to the experts, `answered` once one of them has answered.
    arm: in which arm of which experiment, such as `new-handbook:canary`; several with a comma; empty: none.
    feedback: `like` or `dislike`, the last one given; not in the log.
    deeper: 1 when the asker wanted a deeper answer; not in the log.
    """

    turn_id: str
    bot: str
    asked_ms: int
    asker: str = ""
    chat: str = ""
    conversation: str = ""
    question: str = ""
    message_type: str = ""
    outcome: str = ""
    failure: str = ""
    backend: str = ""
    channel: str = ""
    attempt: int = 1
    waited_ms: int = 0
    first_text_ms: int = 0
    total_ms: int = 0
    citations: int = 0
    characters: int = 0
    attachments: int = 0
    repeated: int = 0
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    route: str = ""
    rule: str = ""
    cache: str = ""
    skill: str = ""
    expert: str = ""
    arm: str = ""
    routed: str = ""
    feedback: str = ""
    deeper: int = 0

    @property
    def day(self) -> str:
        """The day in China on which it was asked."""
        return day_of(self.asked_ms)

    @property
    def hour(self) -> str:
        """The hour in China in which it was asked."""
        return hour_of(self.asked_ms)


#: Who asked what, where: in the table, whose readers are chosen, and never in the log.
NOT_LOGGED = frozenset(("asker", "conversation", "question", "feedback", "deeper"))
#: On every line of a question already.
_ON_EVERY_LINE = frozenset(("turn_id", "bot"))
#: The row's key.
_IN_THE_KEY = frozenset(("bot", "asked_ms", "turn_id"))
#: Outcomes in which a person was served by a backend, so that its times say something.
_TIMED = frozenset(("answered", "nothing_found"))


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One administrative act, or a refusal.

    act: what was done, a name of `audit/vocabulary.py`.
    bot: whose; `-` for what concerns the whole deployment.
    who: staff id, or the name of a key or function. what: the object: a table, a rule, a person, a setting.
    result: `done`, `refused` or `failed`. rule: which rule decided; empty where none did.
    source: `chat`, `console`, `command line` or `function`.
    client_ip: of the console's visitor; empty for a chat, whose pushes carry none.
    detail: what changed, in names, never values of secrets or words of a question.
    at_ms: milliseconds since the epoch.
    """

    act: str
    bot: str
    who: str
    at_ms: int
    what: str = ""
    result: str = "done"
    rule: str = ""
    source: str = "function"
    client_ip: str = ""
    detail: str = ""


def question_row(event: QuestionEvent) -> dict[str, str | int]:
    """The columns of its row in `questions`, without the key's."""
    return {name: value for name, value in msgspec.structs.asdict(event).items() if name not in _IN_THE_KEY}


def log_fields_of(event: QuestionEvent) -> dict[str, str | int]:
    """Its fields in the log: numbers and kinds, no person and no word."""
    hidden = NOT_LOGGED | _ON_EVERY_LINE
    return {name: value for name, value in msgspec.structs.asdict(event).items() if name not in hidden}


def read_question(key: tuple[str | int, ...], row: dict[str, str | int | bool | float]) -> QuestionEvent:
    """A row of `questions`; columns of another version are passed over, missing ones have their default.

    Raises:
        msgspec.ValidationError: a column has another type.
    """
    bot, _, _ = str(key[0]).rpartition("/")
    return msgspec.convert({**row, "bot": bot, "asked_ms": key[1], "turn_id": key[2]}, QuestionEvent)


def counts_of(event: QuestionEvent) -> dict[str, int]:
    """What the question adds to its hour in `stats`; nothing is 0."""
    counts = {
        "asked": 1,
        f"outcome_{event.outcome}": 1,
        f"backend_{event.failure or 'ok'}": int(bool(event.backend)),
        f"cache_{event.cache}": int(bool(event.cache)),
        f"routed_{event.routed}": int(bool(event.routed)),
        "calls": event.calls,
        "prompt_tokens": event.prompt_tokens,
        "completion_tokens": event.completion_tokens,
        "retried": int(event.attempt > 1),
        **{f"arm_{arm}_{event.outcome}": 1 for arm in set(arms_of(event.arm).values())},
    }
    if event.outcome in _TIMED:
        counts |= {
            f"first_le_{bucket_of(event.first_text_ms)}": 1,
            "first_sum_ms": event.first_text_ms,
            f"total_le_{bucket_of(event.total_ms)}": 1,
            "total_sum_ms": event.total_ms,
        }
    return {name: count for name, count in counts.items() if count}
