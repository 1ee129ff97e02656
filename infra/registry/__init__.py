"""The application template for the registry of Serverless Devs: `python -m infra.registry` builds it."""
