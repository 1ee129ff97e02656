"""`python -m rag_on_dingtalk`."""

import sys

from rag_on_dingtalk.cli import main

sys.exit(main())
