"""Around a job: the container, the dispatcher, the claim and its lease, the handlers."""
