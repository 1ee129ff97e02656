"""Human Input nodes (since 1.13): the form that a flow waits for, and how it is filled in.

Known from documents only: `human_input_required` carries the form and its token, `POST
/form/human_input/{token}` with `{inputs, action, user}` hands it in, `GET /workflow/{run}/events` has what
comes then.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from emulators.rag_server.dify.answers.runs import Run
from emulators.rag_server.dify.asking import user_of
from emulators.rag_server.dify.errors import rejected

if TYPE_CHECKING:
    from starlette.requests import Request

    from emulators.rag_server.dify.answers.flows import Flow
    from emulators.rag_server.dify.answers.runs import Runs
    from emulators.rag_server.dify.answers.wire import Json

_LIFE_SECONDS = 3 * 24 * 3600
REJECT = "reject"
_ACTIONS = (("approve", "同意", "primary"), (REJECT, "不同意", "default"))
NODE, TITLE = "human-input", "人工确认"


@dataclass
class Form:
    """A form that a run waits for.

    rest: what the run does once it was filled in. handed_in: it cannot be handed in again.
    """

    flow: Flow
    expires: int
    rest: Run
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    token: str = field(default_factory=lambda: uuid.uuid4().hex)
    handed_in: bool = False

    @property
    def data(self) -> Json:
        """What `human_input_required` carries."""
        return {
            "form_id": self.id,
            "node_id": NODE,
            "node_title": TITLE,
            "form_content": f"要回答「{self.flow.telling.briefing.question}」吗？",
            "inputs": [],
            "actions": [
                {"id": action, "title": title, "button_style": style} for action, title, style in _ACTIONS
            ],
            "display_in_ui": True,
            "form_token": self.token,
            "resolved_default_values": {},
            "expiration_time": self.expires,
        }


@dataclass(frozen=True)
class Forms:
    """Every form that was asked for, by its token."""

    runs: Runs
    by_token: dict[str, Form] = field(default_factory=dict)

    def ask(self, flow: Flow, now: float) -> Form:
        """A new form for a flow that waits from now on."""
        form = Form(flow, int(now) + _LIFE_SECONDS, Run(flow.telling.run.user))
        self.by_token[form.token] = form
        return form

    async def show(self, request: Request, _body: dict[str, Any]) -> Response:
        """`GET /form/human_input/{token}`."""
        form = self._named(request)
        data = form.data
        return JSONResponse(
            {
                "form_content": data["form_content"],
                "inputs": data["inputs"],
                "resolved_default_values": data["resolved_default_values"],
                "user_actions": data["actions"],
                "expiration_time": data["expiration_time"],
            }
        )

    async def hand_in(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST /form/human_input/{token}` `{inputs, action, user}`; the run goes on."""
        form = self._named(request)
        user_of(body.get("user"))
        if body.get("action") not in {action for action, _, _ in _ACTIONS}:
            raise rejected("invalid_param", f"Invalid action: {body.get('action')}")
        form.handed_in = True
        self.runs.start(form.rest, form.flow.resumed(rejected=body["action"] == REJECT))
        return JSONResponse({})

    def rest(self, run_id: str, user: str) -> Run:
        """What comes of a user's run after its form; raises RejectedError when there is no such run."""
        for form in self.by_token.values():
            if form.flow.run_id == run_id and form.rest.user == user:
                return form.rest
        raise rejected("not_found", "Workflow run not found")

    def _named(self, request: Request) -> Form:
        form = self.by_token.get(request.path_params["token"])
        if form is None:
            raise rejected("not_found", "Form not found")
        if form.handed_in:
            raise rejected("invalid_param", "Form has already been submitted")
        return form
