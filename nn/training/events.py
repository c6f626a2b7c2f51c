"""TensorBoard's event files."""

from __future__ import annotations

import itertools
import os
import socket
import struct
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leibnet.files import GrowingFile

_numbers = itertools.count()


class EventFile(GrowingFile):
    """An event file with the entries of a training, in tensorboardX's formats.

    tensorboardX's own writer is a thread that ends when the disk is full: the queue to it fills, and the training
    stands still for ever. In a folder that was deleted, it notices nothing.

    Parameters
    ----------
    folder : where to make the file, under a name of its own.
    purge : TensorBoard shall forget the entries of earlier files from this index on; default none.
    """

    def __init__(self, folder: Path, purge: int | None = None) -> None:
        from tensorboardX.proto import event_pb2

        own = f"{int(time.time())}.{socket.gethostname()}.{os.getpid()}.{next(_numbers)}"
        super().__init__(folder / f"events.out.tfevents.{own}")
        self._event = event_pb2.Event
        self._add(file_version="brain.Event:2")
        if purge is not None:
            self._add(step=purge, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START))

    def entry(self, index: int, values: Mapping[str, float]) -> None:
        """One entry of every metric."""
        from tensorboardX.summary import scalar

        for name, value in values.items():
            self._add(step=index, summary=scalar(name, value))

    def _add(self, **fields: Any) -> None:
        """A record of the TFRecord format: length, its checksum, event, its checksum."""
        from tensorboardX.record_writer import masked_crc32c

        event = self._event(wall_time=time.time(), **fields).SerializeToString()
        length = struct.pack("<Q", len(event))
        for part in (length, event):
            self.content += part + struct.pack("<I", masked_crc32c(part))
