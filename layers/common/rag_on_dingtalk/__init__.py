"""A DingTalk knowledge bot on Alibaba Cloud Function Compute.

`docs/architecture.md` draws the house; the arrows between its parts are contracts in `pyproject.toml`.
"""

__version__ = "0.2.0"
