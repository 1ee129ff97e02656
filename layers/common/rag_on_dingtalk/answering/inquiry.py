"""One question put to the bot's backend, with all that belongs to it, and what came back."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.answering.ask import listen, listen_unless
from rag_on_dingtalk.answering.attachments import accepted, fetch_attachments, words_of
from rag_on_dingtalk.answering.draft import Draft
from rag_on_dingtalk.answering.enclosed import Enclosed
from rag_on_dingtalk.answering.render import answer_of
from rag_on_dingtalk.backends.base import Ask
from rag_on_dingtalk.dingtalk.markdown import for_card, in_words
from rag_on_dingtalk.errors import BackendError, FailureKind
from rag_on_dingtalk.model import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from rag_on_dingtalk.answering.budget import Allowance
    from rag_on_dingtalk.answering.parties import Servant
    from rag_on_dingtalk.answering.recall import Recall
    from rag_on_dingtalk.messages import Texts
    from rag_on_dingtalk.model import Question
    from rag_on_dingtalk.state.sessions import Session
    from rag_on_dingtalk.telemetry.lines import LogLine

#: How long a backend is given to hear that nobody listens any more.
_STOP_SECONDS = 2.0
#: Of an answer, in the session and in the turn's row: a column of Tablestore has 2 MB.
_KEPT_CHARACTERS = 20_000


class Heard(msgspec.Struct, frozen=True):
    """What came back.

    failure: why the draft is not whole; None: it is.
    answer: the draft's, with words for the pictures that stand in it themselves.
    """

    draft: Draft
    failure: FailureKind | None
    enclosed: Enclosed
    answer: str = ""


class Inquiry:
    """One question and whom it is put to.

    allowance: what may be spent on fetching and showing pictures and files.
    """

    def __init__(
        self,
        question: Question,
        servant: Servant,
        recall: Recall,
        *,
        allowance: Allowance,
        texts: Texts,
        log: LogLine,
    ) -> None:
        self._question = question
        self._bot = servant.bot
        self._backend = servant.backend
        self._files = servant.files
        self._recall = recall
        self._allowance = allowance
        self._texts = texts
        self._log = log
        self._attachments = accepted(question, servant.bot.files)

    async def put(
        self, stopped: Coroutine[None, None, None], *, seconds: float, on_text: Callable[[str], None]
    ) -> Heard:
        """Ask, listen, remember, and bring the answer's pictures along.

        stopped: is over as soon as nobody wants the answer any more.
        seconds: how long it may take until all of that is there.
        on_text: told the whole text whenever it has changed.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        session = await self._recall.load()
        ask = self._ask_in(session)
        draft = Draft()
        listening = listen(
            self._backend,
            partial(self._with_uploads, ask),
            draft,
            seconds=until - clock(),
            on_text=on_text,
            log=self._log,
        )
        failure = await listen_unless(stopped, listening)
        if failure in (FailureKind.STOPPED, FailureKind.DEADLINE):
            await self._stop(ask, draft.task_id)
        answer = answer_of(draft, self._texts)
        if failure is None and not (answer.strip() or draft.files):
            failure = FailureKind.EMPTY
        words = in_words(answer)[:_KEPT_CHARACTERS]
        said = Exchange(ask.text, words) if failure is None else None
        await self._recall.keep(session, draft.conversation_id, said)
        # What is left after that belongs to closing the card; and who has stopped an answer waits no longer.
        left = 0.0 if failure is FailureKind.STOPPED else until - clock()
        enclosed = await self._files.enclosures.bring(
            for_card(answer), draft.files, seconds=left, allowance=self._allowance, log=self._log
        )
        return Heard(draft, failure, enclosed, words)

    def _ask_in(self, session: Session) -> Ask:
        question = self._question
        words = words_of(question, self._attachments, self._texts)
        quoted = question.quoted.replace("\n", "\n> ")
        return Ask(
            text=f"> {quoted}\n\n{words}" if quoted else words,
            session_key=session.key,
            conversation_id=session.conversation_id,
            user=session.session_id,
            user_name=question.sender.nick if self._bot.share_name else "",
            history=session.exchanges,
            trace_id=question.turn_id,
        )

    async def _with_uploads(self, ask: Ask) -> Ask:
        if not self._attachments:
            return ask
        media = self._files.media.charged_to(self._allowance)
        uploads = await fetch_attachments(self._attachments, self._bot.files, media, self._files.downloads)
        return msgspec.structs.replace(ask, uploads=uploads)

    async def _stop(self, ask: Ask, task_id: str) -> None:
        try:
            # What has arrived is not in anybody's hands yet: a backend that hangs must not cost it.
            await asyncio.wait_for(self._backend.stop(ask, task_id), _STOP_SECONDS)
        except (BackendError, asyncio.TimeoutError) as error:
            self._log("backend_not_stopped", level="WARNING", error=str(error))
