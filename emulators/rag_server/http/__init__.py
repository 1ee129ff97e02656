"""What every product has in common on the wire: routes with checks, streams, uploads, faults."""
