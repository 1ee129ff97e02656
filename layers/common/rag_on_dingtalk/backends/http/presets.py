"""The ways of known products, read in their documentation and source, never run."""

from __future__ import annotations

from rag_on_dingtalk.backends.http.form import Form
from rag_on_dingtalk.settings.kinds.http import Call, Opening, Read, Vote

#: An agent of one's own: docs/guides/backends.md has the contract and a server of thirty lines.
NATIVE = Form(
    title="The HTTP agent",
    body={
        "question": "{question}",
        "session": "{session}",
        "conversation": "{conversation}",
        "user": "{user}",
        "history": "{history}",
        "files": "{files}",
    },
    file={"name": "{name}", "type": "{type}", "url": "{url}"},
    read=Read(
        event=("type",),
        delta=("delta:text",),
        full=("replace:text", "answer"),
        reasoning=("reasoning:text", "reasoning"),
        citations=("citations:items", "citations"),
        title=("title",),
        url=("url",),
        excerpt=("excerpt",),
        suggestions=("suggestions:items", "suggestions"),
        error=("error:message", "error.message", "error"),
        conversation=("ids:conversation", "conversation"),
        message=("ids:message", "message_id"),
        task=("ids:task",),
        end=("end:",),
    ),
)

#: The Chat Trigger. Its agents end once for every run of a node, so only the end of the body is the end.
N8N = Form(
    title="n8n",
    auth="basic",
    body={"action": "sendMessage", "sessionId": "{session}", "chatInput": "{question}"},
    read=Read(
        event=("type",),
        delta=("item:content",),
        full=("output", "text", "[0].output", "[0].text"),
        # "Respond to Webhook" sends one item whose content is a document.
        unwrap=("output", "text", "[0].output", "[0].text"),
        error=("error:content", "error:message"),
        may_end=("end:",),
    ),
)

LANGFLOW = Form(
    title="Langflow",
    auth="header:x-api-key",
    path="/api/v1/run/{target}?stream=true",
    body={
        "input_value": "{question}",
        "session_id": "{session}",
        "input_type": "chat",
        "output_type": "chat",
    },
    read=Read(
        event=("event",),
        delta=("token:data.chunk",),
        # `add_message` comes for the person's own words, too, and is not read. A flow whose model does not
        # stream has its text in the result only.
        full=(
            "end:data.result.outputs[0].outputs[0].results.message.text",
            "end:data.result.outputs[0].outputs[0].outputs.message.message",
            "outputs[0].outputs[0].results.message.text",
            "outputs[0].outputs[0].outputs.message.message",
        ),
        error=("error:data.error", "error:data.text", "error:data"),
        message=("add_message:data.id",),
        end=("end:",),
    ),
    probe="/health",
)

FLOWISE = Form(
    title="Flowise",
    path="/api/v1/prediction/{target}",
    body={
        "question": "{question}",
        "streaming": True,
        "chatId": "{session}",
        "overrideConfig": {"sessionId": "{session}"},
        "uploads": "{files}",
    },
    file={"data": "{url}", "type": "file", "name": "{name}", "mime": "{type}"},
    read=Read(
        event=("event",),
        delta=("token:data",),
        full=("text", "json"),
        reasoning=("thinking:data",),
        citations=("sourceDocuments:data", "sourceDocuments"),
        title=("metadata.source", "metadata.title", "metadata.pdf.info.Title"),
        url=("metadata.source", "metadata.url"),
        excerpt=("pageContent",),
        suggestions=("metadata:data.followUpPrompts|json", "followUpPrompts|json"),
        error=("error:data",),
        conversation=("metadata:data.chatId", "chatId"),
        message=("metadata:data.chatMessageId", "chatMessageId"),
        end=("end:",),
    ),
    stop=Call(path="/api/v1/chatmessage/abort/{target}/{session}", method="PUT"),
    rate=Vote(
        path="/api/v1/feedback",
        body={
            "chatflowid": "{target}",
            "chatId": "{conversation}",
            "messageId": "{message}",
            "rating": "{rating}",
            "content": "{reason}",
        },
        values=("THUMBS_UP", "THUMBS_DOWN"),
    ),
    probe="/api/v1/ping",
)

LIGHTRAG = Form(
    title="LightRAG",
    auth="header:X-API-Key",
    path="/query/stream",
    body={
        "query": "{question}",
        "mode": "mix",
        "stream": True,
        "include_references": True,
        "include_chunk_content": True,
        "conversation_history": "{history}",
    },
    read=Read(
        delta=("response",),
        citations=("references",),
        title=("file_path",),
        excerpt=("content[0]", "content"),
        error=("error",),
    ),
    probe="/health",
    marks=(r"\[no-context\]",),
    nothing=("Sorry, I'm not able to provide an answer", "No relevant context found"),
)

DIFY_LIKE = Form(
    title="The server that speaks Dify's API",
    path="/chat-messages",
    body={
        "inputs": {},
        "query": "{question}",
        "user": "{user}",
        "response_mode": "streaming",
        "conversation_id": "{conversation}",
    },
    read=Read(
        event=("event",),
        delta=("message:answer", "agent_message:answer"),
        full=("message_replace:answer",),
        citations=("message_end:metadata.retriever_resources",),
        title=("document_name",),
        excerpt=("content",),
        error=("error:message", "workflow_finished:data.error"),
        conversation=("conversation_id",),
        message=("message_id",),
        task=("task_id",),
        end=("message_end:",),
    ),
    stop=Call(path="/chat-messages/{task}/stop", body={"user": "{user}"}),
    rate=Vote(
        path="/messages/{message}/feedbacks",
        body={"rating": "{rating}", "user": "{user}", "content": "{reason}"},
        # Without a rating a vote is taken back.
        values=("like", "dislike", ""),
    ),
    probe="/parameters",
)

MAXKB = Form(
    title="MaxKB",
    path="/chat/api/chat_message/{conversation}",
    body={"message": "{question}", "stream": True, "re_chat": False},
    read=Read(
        delta=("content",),
        full=("data.content",),
        reasoning=("reasoning_content",),
        citations=("data.paragraph_list",),
        title=("document_name", "title"),
        excerpt=("content",),
        conversation=("chat_id", "data.chat_id"),
        message=("chat_record_id", "data.id"),
        end=("is_end",),
    ),
    open=Opening(path="/chat/api/open", method="GET", id="data"),
    sources=Call(path="/chat/api/historical_conversation/{conversation}/record/{message}", method="GET"),
    rate=Vote(
        path="/chat/api/vote/chat/{conversation}/chat_record/{message}",
        method="PUT",
        body={"vote_status": "{rating}"},
        values=("0", "1", "-1"),
    ),
    probe="/chat/api/application/profile",
    # A model's failure comes as text, in a piece of its own.
    error_start="Exception:",
    withdraws_first=True,
)

WEKNORA = Form(
    title="WeKnora",
    auth="header:X-API-Key",
    path="/api/v1/knowledge-chat/{conversation}",
    body={
        "query": "{question}",
        "knowledge_base_ids": ["{target}"],
        "agent_id": "builtin-quick-answer",
        "channel": "api",
        "disable_title": True,
    },
    read=Read(
        event=("response_type",),
        delta=("answer:content",),
        reasoning=("thinking:content", "reflection:content"),
        citations=("references:knowledge_references",),
        title=("knowledge_title", "knowledge_filename"),
        excerpt=("content",),
        error=("error:content", "error.message"),
        message=("agent_query:assistant_message_id", "agent_query:data.assistant_message_id"),
        task=("agent_query:assistant_message_id", "agent_query:data.assistant_message_id"),
        end=("complete:", "stop:"),
        # Of an agent each of several answers is done.
        may_end=("answer:done",),
    ),
    open=Opening(path="/api/v1/sessions", id="data.id"),
    stop=Call(path="/api/v1/sessions/{conversation}/stop", body={"message_id": "{task}"}),
)

PRESETS: dict[str, Form] = {
    "native": NATIVE,
    "n8n": N8N,
    "langflow": LANGFLOW,
    "flowise": FLOWISE,
    "lightrag": LIGHTRAG,
    "dify-like": DIFY_LIKE,
    "maxkb": MAXKB,
    "weknora": WEKNORA,
}
