"""A command, a stage and a backend of one's own, added without changing a file of the library.

`install()` enters the command and the stage; the backend needs no entry, because `bots.yaml` names it. What
can be undone is undone by `uninstall()`, so that a test leaves the process as it was.
"""

from __future__ import annotations

from examples.own_parts import hours, thanks
from rag_on_dingtalk.pipeline import STAGES
from rag_on_dingtalk.pipeline.stages.commands import COMMANDS
from rag_on_dingtalk.pipeline.stages.wait_for_turn import wait_for_turn


def install() -> None:
    """Add the parts, once for each process and before its first question."""
    for word in hours.WORDS:
        COMMANDS[word] = hours.run
    if thanks.thanks not in STAGES:
        # Behind the commands; before the queue, because thanks need not wait for an answer.
        STAGES.insert(STAGES.index(wait_for_turn), thanks.thanks)


def uninstall() -> None:
    """Take them out again."""
    for word in hours.WORDS:
        COMMANDS.pop(word, None)
    if thanks.thanks in STAGES:
        STAGES.remove(thanks.thanks)
