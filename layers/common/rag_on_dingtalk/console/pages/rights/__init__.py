"""Who may ask: rules, what is lent, requests, and trying it."""
