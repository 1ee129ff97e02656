"""The cost estimate runs on a person's machine before anything else is installed."""

from __future__ import annotations

import subprocess
import sys


def test_estimating_imports_nothing_heavy() -> None:
    heavy = ("tablestore", "httpx", "aiohttp", "aws_lambda_powertools", "yaml", "numpy", "asyncio")
    code = f"import sys, rag_on_dingtalk.cost; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
