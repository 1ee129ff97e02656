"""A server that never listens."""

import os
import threading

print("silent", os.getpid(), flush=True)  # noqa: T201 - a function's log is what it prints
threading.Event().wait()
