"""PlainBuffer and protobuf: what goes over the wire."""
