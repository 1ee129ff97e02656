"""What the cloud's samples have changed since the API began, and the one Coze Studio that was read."""

from __future__ import annotations

CLOUD, STUDIO = "cloud", "studio"

#: Oldest first. 2024: `output_tokens`, a misspelt status, no reasoning; 2026: as documented now.
VERSIONS = {CLOUD: ("2024", "2026"), STUDIO: ("2026",)}

TITLES = {CLOUD: "Coze", STUDIO: "Coze Studio"}
