"""The deployed callback, from process start to its answer."""

import json
import sys

import index  # type: ignore[import-not-found]  # functions/callback is on the path

print(json.dumps(index.handler(sys.stdin.buffer.read(), None)))
