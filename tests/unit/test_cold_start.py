"""What the callback loads before it can answer DingTalk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from rag_on_dingtalk.bots_file import load_bots
from rag_on_dingtalk.config import encode_bots

ROOT = Path(__file__).parents[2]

PROGRAM = """
import json, sys
import index
index.initialize(None)
answer = index.handler(json.dumps({"requestContext": {"http": {"method": "POST", "path": "/robot/handbook"}},
                                   "body": "{}", "headers": {}}).encode(), None)
print(json.dumps([answer["statusCode"], sorted(name for name in sys.modules if "." not in name)]))
"""

HEAVY = {
    "aiohttp", "alibabacloud_fc20230330", "asyncio", "aws_lambda_powertools", "boto3", "botocore", "Crypto",
    "httpx", "numpy", "pathlib", "pydantic", "requests", "tablestore", "urllib3", "uvicorn", "yaml",
}  # fmt: skip


def test_the_callback_loads_nothing_heavy(tmp_path: Path) -> None:
    bots = tmp_path / "bots.json"
    bots.write_bytes(encode_bots(load_bots(ROOT / "local" / "bots.yaml")))

    done = subprocess.run(
        # Without site-packages' own start-up files, which are not deployed and load modules of their own.
        [sys.executable, "-S", "-c", PROGRAM],
        env={
            "PYTHONPATH": os.pathsep.join(
                [str(ROOT / "functions" / "callback"), str(ROOT / "layers" / "common"), *_site_packages()]
            ),
            "ANSWER_FUNCTION": "answer",
            "BOTS_FILE": str(bots),
            "DINGTALK_CLIENT_SECRET": "secret",
            "INVOKE_ENDPOINT": "http://127.0.0.1:1",
        },
        capture_output=True,
        check=True,
    )

    status, loaded = json.loads(done.stdout.splitlines()[-1])
    assert status == 401
    assert HEAVY & set(loaded) == set()


def _site_packages() -> list[str]:
    return [path for path in sys.path if path.endswith("site-packages")]
