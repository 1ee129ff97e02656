"""How the knowledge server is asked as Bailian."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.tests.contract.rag_server.clients import TRAVEL_QUESTION, data_of

if TYPE_CHECKING:
    import httpx

KEY = "sk-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1"
PATH = "/api/v1/apps/handbook/completion"
STREAM = {"X-DashScope-SSE": "enable"}
INCREMENTAL = {"incremental_output": True}


async def ask(http: httpx.AsyncClient, question: str = TRAVEL_QUESTION, **more: Any) -> dict[str, Any]:
    """The output of a whole answer."""
    response = await http.post(PATH, json={"input": {"prompt": question, **more}})
    assert response.status_code == 200, response.text
    output: dict[str, Any] = response.json()["output"]
    return output


async def stream(
    http: httpx.AsyncClient, parameters: dict[str, Any] | None = None, **more: Any
) -> list[dict[str, Any]]:
    """The outputs of a streamed answer."""
    body = {"input": {"prompt": TRAVEL_QUESTION, **more}, "parameters": parameters or INCREMENTAL}
    response = await http.post(PATH, json=body, headers=STREAM)
    return [event["output"] for event in data_of(response.text)]


def text_of(outputs: list[dict[str, Any]]) -> str:
    return "".join(output["text"] for output in outputs)
