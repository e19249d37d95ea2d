"""Reads the event files of a training with Python's tensorboard and compares every number with events.jsonl.

    unipelt train --train FILE --out my-model --tensorboard
    python tools/tensorboard_check.py my-model [folder of the event files]

Needs: pip install tensorboard
"""

import json
import struct
import sys
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2


def as_float(value):
    """The 32 bits that an event holds of a number."""
    return struct.unpack("f", struct.pack("f", float(value)))[0]


def wanted(folder):
    """Scalars by (name, step), as events.jsonl and adapter.json have them. A step that was made again counts once."""
    scalars = {}
    last = 0
    for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        if event["event"] == "started":
            scalars = {key: value for key, value in scalars.items() if key[1] <= event["step"]}
            last = event["step"]
        elif event["event"] == "stepped":
            last = event["step"]
            scalars["train/loss", last] = event["loss"]
            scalars["train/learning_rate", last] = event["learningRate"]
        elif event["event"] == "evaluated":
            if event["epoch"] > 0:
                scalars["train/epoch_loss", event["step"]] = event["meanLoss"]
            scalars["dev/loss", event["step"]] = event["devLoss"]
            scalars["dev/" + event["metric"], event["step"]] = event["value"]
    card = json.loads((folder / "adapter.json").read_text(encoding="utf-8"))
    for part, values in card["provenance"]["metrics"].items():
        for metric, value in values.items():
            scalars["final/%s/%s" % (part, metric.replace(" ", "_")), last] = value
    return {key: as_float(value) for key, value in scalars.items()}, card


def main():
    folder = Path(sys.argv[1])
    events = EventAccumulator(str(sys.argv[2] if len(sys.argv) > 2 else folder), size_guidance={"scalars": 0})
    events.Reload()
    found = {
        (tag, event.step): event.value for tag in events.Tags()["scalars"] for event in events.Scalars(tag)
    }
    scalars, card = wanted(folder)
    wrong = [key for key in scalars if str(found.get(key)) != str(scalars[key])]
    more = sorted(set(found) - set(scalars))
    print("%d scalars of %d names, %d wrong or missing, %d too many"
          % (len(scalars), len(events.Tags()["scalars"]), len(wrong), len(more)))
    for key in (wrong + more)[:10]:
        print(key, "wanted", scalars.get(key), "found", found.get(key))
    metadata = events.SummaryMetadata("_hparams_/session_start_info")
    data = plugin_data_pb2.HParamsPluginData.FromString(metadata.plugin_data.content)
    hparams = data.session_start_info.hparams
    print("%d hyperparameters, learning-rate %s, method %s"
          % (len(hparams), hparams["learning-rate"].number_value, hparams["method"].string_value))
    rate = card["provenance"]["training"]["learningRate"]
    ended = plugin_data_pb2.HParamsPluginData.FromString(
        events.SummaryMetadata("_hparams_/session_end_info").plugin_data.content).session_end_info.status
    sys.exit(bool(wrong or more) or hparams["learning-rate"].number_value != rate or ended != 1)


if __name__ == "__main__":
    main()
