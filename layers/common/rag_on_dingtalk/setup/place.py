"""Where the deployment is and how its parts are called. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

Road = Literal["s", "terraform"]

#: Each runs as a role of its own, called as the function is.
FUNCTIONS = ("callback", "async_answer", "failed_answer", "housekeeping")
#: One more where bots.yaml has `console:`.
CONSOLE = "console"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One deployment.

    account: its number; empty in a plan that was made without an access key.
    endpoint: of rows and tables.
    log_store: as infra/logs names it. log_days: how long logs are kept.
    """

    road: Road
    region: str
    app: str
    python: str
    account: str
    instance: str
    endpoint: str
    log_store: str
    log_days: int

    def role(self, function: str) -> str:
        """The function's role, and its policy: called as the function is."""
        return f"{self.app}-{function.replace('_', '-')}"

    @property
    def log_project(self) -> str:
        """As infra/terraform/locals.tf names it."""
        return f"{self.app}-{self.account}-{self.region}"

    @property
    def policy_values(self) -> dict[str, str]:
        """What the placeholders of infra/policies stand for."""
        return {
            "APP_NAME": self.app,
            "DEPLOY_ACCOUNT_ID": self.account,
            "DEPLOY_REGION": self.region,
            "LOG_PROJECT": self.log_project,
            "LOG_STORE": self.log_store,
            "TABLESTORE_INSTANCE": self.instance,
        }

    @property
    def env(self) -> dict[str, str]:
        """What `.env` says of the place."""
        both = {
            "DEPLOY_REGION": self.region,
            "DEPLOY_ACCOUNT_ID": self.account,
            "APP_NAME": self.app,
            "TABLESTORE_ENDPOINT": self.endpoint,
            "TABLESTORE_INSTANCE": self.instance,
        }
        if self.road == "terraform":
            return both
        return {**both, "DEPLOY_PYTHON": self.python}

    @property
    def tfvars(self) -> dict[str, str | int]:
        """What `terraform.tfvars` says of the place."""
        return {
            "name": self.app,
            "region": self.region,
            "python": self.python,
            "tablestore_instance": self.instance,
            "log_retention_days": self.log_days,
        }


def rows_endpoint(instance: str, region: str) -> str:
    """The instance's public address."""
    return f"https://{instance}.{region}.ots.aliyuncs.com"
