"""The permissions (权限管理) a bot needs for answering. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.dingtalk.openapi.advice import lacks
from rag_on_dingtalk.doctor.dingtalk.refusals import about, obstacle, told
from rag_on_dingtalk.doctor.line import Line, unchecked, well, wrong

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.errors import DingTalkError

SUBJECT = "scopes"


def judge(trials: Mapping[str, DingTalkError | None]) -> Line:
    """What the trial calls say, one for each scope.

    trials: scope → how DingTalk refused the call that needs it; None: not at all.
    """
    refusals = [refusal for refusal in trials.values() if refusal is not None]
    elsewhere = [refusal for refusal in refusals if about(refusal) == "address"]
    if elsewhere:
        return unchecked(SUBJECT, obstacle(elsewhere[0]))
    missing = [scope for scope, refusal in trials.items() if about(refusal) == "permission"]
    if missing:
        return wrong(SUBJECT, lacks(missing))
    troubles = [refusal for refusal in refusals if about(refusal) == "trouble"]
    if troubles:
        return wrong(SUBJECT, f"DingTalk did not say: {told(troubles[0], 'Run doctor again in a minute.')}")
    return well(SUBJECT, f"The app has {', '.join(trials)}.")
