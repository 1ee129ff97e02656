"""The ways the account's services can misbehave here."""

from __future__ import annotations

RAM_DENIED = "cloud.ram_denied"
LOG_DENIED = "cloud.log_denied"
INSTANCE_DENIED = "cloud.instance_denied"
AWAY = "cloud.away"
THROTTLED = "cloud.throttled"

FAULTS = {
    RAM_DENIED: "RAM refuses the access key: NoPermission.",
    LOG_DENIED: "Log Service refuses the access key: Unauthorized.",
    INSTANCE_DENIED: "Tablestore refuses to make or show instances: Forbidden.",
    AWAY: "RAM, STS, Log Service and Tablestore's instances answer 503.",
    THROTTLED: "RAM, STS and Tablestore's instances answer Throttling.User.",
}
