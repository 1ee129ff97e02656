"""What an experiment's arms come to, and when the canary is worse."""
