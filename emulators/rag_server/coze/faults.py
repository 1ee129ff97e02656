"""What only Coze can do wrong."""

from __future__ import annotations

CODE = "knowledge.coze.code"
FOREIGN = "knowledge.coze.foreign"
RUNNING = "knowledge.coze.running"
CARD = "knowledge.coze.card"
TWO_ANSWERS = "knowledge.coze.two_answers"
ASKS = "knowledge.coze.asks"

FAULTS = {
    CODE: "A question is answered with a business code under HTTP 200; value: the code (4028).",
    FOREIGN: "The conversation belongs to another agent or user.",
    RUNNING: "A chat of the conversation is still running.",
    CARD: "The answer is a card, which is JSON.",
    TWO_ANSWERS: "A workflow's message node says something before the answer: two messages.",
    ASKS: "The workflow asks something back before it answers.",
}
