"""The versions of AnythingLLM that the server can be, chosen by what changed for a client.

1.8.5 and 1.16.0 were observed. Between them sources moved to the last event (1.9), documents could come
with a question (November 2025), the workspace chose the mode (1.12), and agents named sources (July 2026).
"""

from __future__ import annotations

from emulators.rag_server.versions import Version

V1_8, V1_11, V1_12, V1_16 = (Version.of(text) for text in ("1.8", "1.11", "1.12", "1.16"))

#: Oldest first; the last one is the usual one.
VERSIONS = (V1_8, V1_11, V1_12, V1_16)
