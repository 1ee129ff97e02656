"""What only Dify can do wrong, or differently."""

from __future__ import annotations

CONVERSATION_GONE = "knowledge.dify.conversation_gone"
CODE = "knowledge.dify.code"
CROWDED = "knowledge.dify.crowded"
QUOTA = "knowledge.dify.quota"
HUNG = "knowledge.dify.hung"
REPLACE = "knowledge.dify.message_replace"
WORKFLOW_FAILED = "knowledge.dify.workflow_failed"
HUMAN_INPUT = "knowledge.dify.human_input"
INPUT_MODERATION = "knowledge.dify.input_moderation"
PLUGIN_ERROR = "knowledge.dify.plugin_error"
ANSWER_IN_FILE = "knowledge.dify.answer_in_file"
STOPPED = "knowledge.dify.stopped"
ENDS_SWAPPED = "knowledge.dify.ends_swapped"
NEW_AGENT = "knowledge.dify.new_agent"
FORM = "knowledge.dify.form"
NO_SUGGESTIONS = "knowledge.dify.no_suggestions"
PING = "knowledge.dify.ping"

FAULTS = {
    CONVERSATION_GONE: "A conversation that exists is said not to.",
    CODE: "A question is refused before the run starts; value: the error code (app_unavailable).",
    CROWDED: "The app's limit of concurrent requests is reached; value: the status (429 in 0.6, 400 since).",
    QUOTA: "The hosted model's quota is used up.",
    HUNG: "The run never ends by itself: nothing but pings until it is stopped.",
    REPLACE: "Moderation replaces the whole answer at its end; value: by what.",
    WORKFLOW_FAILED: "A node of the chatflow or workflow fails; value: its error.",
    HUMAN_INPUT: "The chatflow or workflow waits for a form (since 1.13); value: bare for one without data.",
    INPUT_MODERATION: "The question is not let through: a preset answer; value: its text.",
    PLUGIN_ERROR: "A failing model is invalid_param with a plugin's report (since 1.12); value: the type.",
    ANSWER_IN_FILE: "The text comes as message_file events without an address (1.12).",
    STOPPED: "The run is stopped from Dify's own pages; value: after how many pieces (3).",
    ENDS_SWAPPED: "A chatflow says message_end before workflow_finished, as documented but not observed.",
    NEW_AGENT: "The agent is a New Agent: it repeats the answer in a closing message and cites nothing.",
    FORM: "The app has a form with a required variable; value: its name (knowledge).",
    NO_SUGGESTIONS: "Suggested questions are switched off in the app.",
    PING: "Pings come more often; value: seconds between two (1).",
}
