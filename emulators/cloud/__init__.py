"""Alibaba Cloud as far as `setup` calls it: RAM, STS, Tablestore's instances and Log Service's projects."""

from emulators.cloud.side import CloudSide

__all__ = ["CloudSide"]
