"""Dify's service API: its paths, and what the app says about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Mount

from emulators.rag_server.dify.answering import Answering
from emulators.rag_server.dify.answers.forms import Forms
from emulators.rag_server.dify.answers.runs import Runs
from emulators.rag_server.dify.apps import APPS, CHAT_PATH, COMPLETION_PATH, QUESTION_VARIABLE, WORKFLOW_PATH
from emulators.rag_server.dify.errors import NOT_FOUND_PAGE, DifyManners
from emulators.rag_server.dify.faults import FORM, NO_SUGGESTIONS
from emulators.rag_server.dify.files import FILE_LIMIT_MB, IMAGE_LIMIT_MB, Files
from emulators.rag_server.dify.messages import Messages
from emulators.rag_server.dify.versions import V0_15, V1_12, V1_13
from emulators.rag_server.http.router import CheckedRouter
from emulators.rag_server.versions import Version

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from emulators.rag_server.answering.knowledge import KnowledgeBase


class DifyApi:
    """See `Api`; the kinds of app are the keys of `APPS`."""

    def __init__(self, knowledge: KnowledgeBase, api_key: str, app: str, version: str) -> None:
        self.knowledge = knowledge
        self.router = CheckedRouter(api_key, knowledge.faults, DifyManners())
        self._app = APPS[app]
        self._version = Version.of(version)
        self._files = Files(knowledge, self._version)
        runs = Runs()
        self._answering = Answering(knowledge, self._app, self._version, self._files, runs, Forms(runs))

    def routes(self) -> list[BaseRoute]:
        """Every path; what has none is a page that says so."""
        route, messages = self.router.route, Messages(self.knowledge, self._version, self._app.flow)
        ask, stop, forms = self._answering.ask, self._answering.stop, self._answering.forms
        form = "/v1/form/human_input/{token}"
        since_1_13 = [
            route("GET", form, forms.show),
            route("POST", form, forms.hand_in),
            route("GET", "/v1/workflow/{run}/events", self._answering.follow),
        ]
        conversation = "/v1/conversations/{conversation}"
        return [
            *(route("POST", path, ask, asks=True) for path in (CHAT_PATH, COMPLETION_PATH, WORKFLOW_PATH)),
            *(route("POST", f"{path}/{{task_id}}/stop", stop) for path in (CHAT_PATH, COMPLETION_PATH)),
            route("POST", "/v1/workflows/tasks/{task_id}/stop", stop),
            route("POST", "/v1/messages/{message}/feedbacks", messages.rate),
            route("GET", "/v1/messages/{message}/suggested", messages.suggest),
            route("GET", "/v1/messages", messages.listed),
            route("GET", "/v1/conversations", messages.conversations),
            route("POST", f"{conversation}/name", messages.rename),
            route("DELETE", conversation, messages.delete),
            route("POST", "/v1/files/upload", self._files.upload),
            route("GET", "/v1/info", self._info),
            route("GET", "/v1/parameters", self._parameters),
            route("GET", "/v1/meta", self._meta),
            *(since_1_13 if self._version >= V1_13 else ()),
            Mount("/", app=self.router.page(NOT_FOUND_PAGE)),
        ]

    async def close(self) -> None:
        """End the runs that no caller listens to any more."""
        await self._answering.runs.close()

    async def _info(self, _request: Request, _body: dict[str, Any]) -> Response:
        return JSONResponse(
            {
                "name": self.knowledge.workspaces["handbook"].name,
                "description": "",
                **({"tags": []} if self._version >= V0_15 else {}),
                **({"mode": self._app.mode, "author_name": "HR"} if self._version >= V1_12 else {}),
            }
        )

    async def _meta(self, _request: Request, _body: dict[str, Any]) -> Response:
        return JSONResponse({"tool_icons": {}})

    async def _parameters(self, _request: Request, _body: dict[str, Any]) -> Response:
        variables = [] if self._app.remembers else [QUESTION_VARIABLE]
        form = self.knowledge.faults.take(FORM)
        if form is not None:
            variables.append(form or "desk")
        return JSONResponse(
            {
                "opening_statement": "你好，关于公司制度可以问我。",
                "suggested_questions": ["最新的差旅报销标准是什么？"],
                "suggested_questions_after_answer": {
                    "enabled": not self.knowledge.faults.strikes(NO_SUGGESTIONS)
                },
                "speech_to_text": {"enabled": False},
                "text_to_speech": {"enabled": False},
                "retriever_resource": {"enabled": True},
                "annotation_reply": {"enabled": False},
                "more_like_this": {"enabled": False},
                "user_input_form": [_field(variable) for variable in variables],
                "sensitive_word_avoidance": {"enabled": False},
                "file_upload": {"image": {"enabled": True, "number_limits": 3}},
                "system_parameters": {
                    "image_file_size_limit": IMAGE_LIMIT_MB,
                    "file_size_limit": FILE_LIMIT_MB,
                    "video_file_size_limit": 100,
                    "audio_file_size_limit": 50,
                    "workflow_file_upload_limit": 10,
                },
            }
        )


def _field(variable: str) -> dict[str, Any]:
    return {
        "text-input": {
            "label": variable,
            "variable": variable,
            "required": True,
            "max_length": 256,
            "default": "",
        }
    }
