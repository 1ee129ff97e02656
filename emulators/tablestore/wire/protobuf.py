"""The service's protobuf messages (proto2), as the SDK ships them.

`pb2` has the requests and responses, `filter_pb2` the conditions inside them.
"""

from __future__ import annotations

import logging
import warnings
from typing import Any

from google.protobuf.message import DecodeError

from emulators.tablestore.errors import invalid

# Importing any part of the SDK tries its C++ codec, which loads on CPython 3.12 only; every other
# version logs two warnings and raises an ImportWarning about something that does not matter here.
logging.getLogger("tablestore").setLevel(logging.ERROR)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ImportWarning)
    from tablestore.protobuf import table_store_filter_pb2 as filter_pb2
    from tablestore.protobuf import table_store_pb2 as pb2

__all__ = ["filter_pb2", "parse", "pb2"]


def parse(message_type: Any, data: bytes) -> Any:
    """A message of `message_type` from its bytes; 400 when they are not one."""
    message = message_type()
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise invalid(f"The request is not a {message_type.DESCRIPTOR.name} message.") from error
    # Parsing does not look at proto2's `required`; serializing would.
    if not message.IsInitialized():
        missing = ", ".join(message.FindInitializationErrors())
        raise invalid(f"{message_type.DESCRIPTOR.name} lacks required fields: {missing}.")
    return message
