"""Agent and flow products that are asked by one POST: n8n, Langflow, Flowise, LightRAG, MaxKB, WeKnora.

Written after their documentation and source; docs/unverified.md names what could not be confirmed. `native`
is the contract that this project publishes for agents of one's own.
"""
