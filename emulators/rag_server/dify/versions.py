"""The versions of Dify that the server can be.

0.6.16, 0.15.3 and 1.12.1 were observed; 1.13 added the Human Input node, which only documents describe. What
the versions between them send is not known, so they cannot be chosen.
"""

from __future__ import annotations

from emulators.rag_server.versions import Version

V0_6, V0_15, V1_12, V1_13 = (Version.of(text) for text in ("0.6", "0.15", "1.12", "1.13"))

#: Oldest first; the last one is the usual one.
VERSIONS = (V0_6, V0_15, V1_12, V1_13)
