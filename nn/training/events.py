"""TensorBoard's event files."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leibnet.files import GrowingFile

from nn.training.metrics import MetricName

_last = 0  # nanoseconds at which this process made an event file


class EventFile(GrowingFile):
    """An event file with the entries of a training, in tensorboardX's formats.

    tensorboardX's own writer is a thread that ends when the disk is full: the queue to it fills, and the training
    stands still for ever. In a folder that was deleted, it notices nothing.

    Parameters
    ----------
    folder : where to make the file, under a name of its own that comes after those of earlier files.
    resumes : whether TensorBoard shall forget the entries of earlier files, since they are in this one; default False.
    """

    def __init__(self, folder: Path, resumes: bool = False) -> None:
        from tensorboardX.proto import event_pb2

        super().__init__(folder / _name(), isNew=True)
        self._event = event_pb2.Event
        self._add(file_version="brain.Event:2")
        if resumes:
            self._add(step=0, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START))

    def entry(self, index: int, values: Mapping[str, float]) -> None:
        """One entry of every metric, under its `tagOf`."""
        from tensorboardX.summary import scalar

        for name, value in values.items():
            self._add(step=index, summary=scalar(tagOf(name), value))

    def _add(self, **fields: Any) -> None:
        """A record of the TFRecord format: length, its checksum, event, its checksum."""
        from tensorboardX.record_writer import masked_crc32c

        event = self._event(wall_time=time.time(), **fields).SerializeToString()
        length = struct.pack("<Q", len(event))
        for part in (length, event):
            self.content += part + struct.pack("<I", masked_crc32c(part))


def tagOf(metric: str) -> str:
    """What TensorBoard calls a metric; it draws all of one group beside one another.

    >>> tagOf("train_squared_error"), tagOf("loss")
    ('squared_error/train', 'loss')
    """
    try:
        split, quantity = MetricName.parse(metric)
    except ValueError:  # one of a loop of your own
        return metric
    return f"{quantity}/{split}"


def _name() -> str:
    """A name that no other process gives, and that sorts after all this one has given."""
    global _last
    _last = max(_last + 1, time.time_ns())
    seconds, rest = divmod(_last, 10**9)
    return f"events.out.tfevents.{seconds}.{rest:09d}.{socket.gethostname()}.{os.getpid()}"
