"""Names that must be unique beyond this account: `python -m infra.package.names` prints them for .env."""

from __future__ import annotations

import argparse

from rag_on_dingtalk.setup.place import rows_endpoint
from rag_on_dingtalk.storage.instance_name import default_name


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.package.names", description=__doc__)
    parser.add_argument("--name", default="rag-on-dingtalk", help="APP_NAME (default: rag-on-dingtalk)")
    parser.add_argument("--region", default="cn-hangzhou", help="DEPLOY_REGION (default: cn-hangzhou)")
    parser.add_argument("--account", required=True, help="DEPLOY_ACCOUNT_ID")
    return parser


def main() -> None:
    """Print the lines for .env."""
    arguments = build_parser().parse_args()
    instance = default_name(arguments.name, arguments.account, arguments.region)
    print(f"TABLESTORE_INSTANCE={instance}")  # noqa: T201 - a command's output
    print(f"TABLESTORE_ENDPOINT={rows_endpoint(instance, arguments.region)}")  # noqa: T201 - as above


if __name__ == "__main__":
    main()
