"""What watches over a bot: incidents, reports, the audit, the canary's guard, the heartbeat."""
