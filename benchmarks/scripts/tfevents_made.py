"""Makes an event file with a million scalars, ten tags at each step, as TensorBoard's writers lay them out."""

from __future__ import annotations

import sys
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

from trackio.tfrecords import framer

TAGS = 10
START = 1.7e9

folder, count = Path(sys.argv[3]), int(sys.argv[4])
framed = framer()
folder.mkdir(parents=True)
with (folder / f"events.out.tfevents.{START:.0f}.bench.1.0").open("wb") as file:
    file.write(framed(Event(wall_time=START, file_version="brain.Event:2").SerializeToString()))
    for number in range(count):
        step, tag = divmod(number, TAGS)
        value = Summary.Value(tag=f"metric/{tag}", simple_value=1 / (1 + step))
        event = Event(wall_time=START + step + tag * 1e-4, step=step, summary=Summary(value=[value]))
        file.write(framed(event.SerializeToString()))
