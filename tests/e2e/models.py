"""Models for the end-to-end tests, whatever the shipped one is."""

import os
import subprocess
from pathlib import Path

OUT_OF_FOLD = Path(__file__).resolve().parents[2] / "models/evaluation/cross-validation.csv"

# A model of schema version 3 is calibrated where it has this key.
_CALIBRATED = b"heartbeat.calibration.slope"


def uncalibrated(model, copy):
    """Writes a copy of `model` that carries no calibration, and gives its path."""
    onnx = model.read_bytes()
    assert onnx.count(_CALIBRATED) == 1
    copy.write_bytes(onnx.replace(_CALIBRATED, _CALIBRATED[:-1] + b"_"))
    return copy


def calibrated(program, model, out):
    """Writes `model`, calibrated on the predictions of the shipped recipe, and gives its path."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HEARTBEAT_")}
    subprocess.run([program, "calibrate", model, OUT_OF_FOLD, "--out", out],
                   env=kept, check=True, stdout=subprocess.DEVNULL, timeout=300)
    return out
