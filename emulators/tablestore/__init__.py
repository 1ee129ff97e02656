"""An emulator of Alibaba Cloud Tablestore that serves the unmodified Python SDK over its wire protocol.

From the wire inwards: `server` (HTTP) → `service` (faults, answers) → `auth` → `operations` → `tables`,
`rows`, `batches` → `changes`, `writing`, `reading` → `store` (SQLite). Pure and tested on their own:
`wire`, `crc8`, `keys`, `versions`, `conditions`.

It refuses what it does not emulate (search, SQL, streams, transactions, secondary indexes) and whatever
the service would refuse, so that what works here is not refused there.
"""

from emulators.tablestore.emulator import TablestoreEmulator
from emulators.tablestore.service import RequestRecord

__all__ = ["RequestRecord", "TablestoreEmulator"]
