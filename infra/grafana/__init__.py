"""The Grafana dashboard, from the metrics that exist."""
