"""A server that never listens."""

import os
import threading

print("silent", os.getpid(), flush=True)
threading.Event().wait()
