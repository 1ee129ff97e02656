"""The picture of the layers in docs/architecture.md; `python -m infra.architecture` writes it."""
