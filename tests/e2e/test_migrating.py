#!/usr/bin/env python3
"""The script of docs/migrating.md, taken from the page, on graphs of the kind that tf2onnx writes.

usage: test_migrating.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: not used.
"""

import json
import math
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import harness
from harness import PATIENCE_S, Server, ServerTest

MELS, FRAMES = 128, 79


def keras_model(path, outputs, wrapped=False, trailing_identity=False):
    """As tf2onnx writes a small Keras network: channels last, a Transpose before the convolution, a
    dense layer, and the activation of its last layer. Gives weights and bias of that layer."""
    random = np.random.default_rng(7)
    kernel = random.normal(0, 0.1, (4, 1, 3, 3)).astype("float32")
    weights = random.normal(0, 0.02, (4, outputs)).astype("float32")
    bias = random.normal(0, 0.1, outputs).astype("float32")
    constants = {"kernel": kernel, "weights": weights, "bias": bias}
    activation = "Sigmoid" if outputs == 1 else "Softmax"
    attributes = {} if outputs == 1 else {"axis": -1}
    activated = "activated" if trailing_identity else "dense_1"
    nodes = [
        helper.make_node("Transpose", ["conv2d_input"], ["channels_first"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["channels_first", "kernel"], ["convolved"],
                         kernel_shape=[3, 3], strides=[2, 2]),
        helper.make_node("Relu", ["convolved"], ["rectified"]),
        helper.make_node("GlobalAveragePool", ["rectified"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"], axis=1),
        helper.make_node("MatMul", ["flat", "weights"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["sum"]),
        helper.make_node(activation, ["sum"], [activated], **attributes),
    ]
    if trailing_identity:
        nodes.append(helper.make_node("Identity", [activated], ["dense_1"]))
    graph = helper.make_graph(
        nodes, "tf2onnx",
        [helper.make_tensor_value_info("conv2d_input", TensorProto.FLOAT,
                                       ["unk__1", MELS, FRAMES, 1])],
        [helper.make_tensor_value_info("dense_1", TensorProto.FLOAT, ["unk__2", outputs])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)],
                                producer_name="tf2onnx"), path)
    return constants


def expected_logit(constants, spectrogram):
    """The same network by hand. `spectrogram`: [mel, frame]."""
    windows = np.lib.stride_tricks.sliding_window_view(spectrogram, (3, 3))[::2, ::2]
    convolved = np.einsum("hwij,kij->khw", windows, constants["kernel"][:, 0])
    pooled = np.maximum(convolved, 0).mean(axis=(1, 2))
    values = pooled @ constants["weights"] + constants["bias"]
    return values[0] if len(values) == 1 else values[1] - values[0]


class MigratingTest(ServerTest):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        page = (harness.SOURCE / "docs" / "migrating.md").read_text()
        script = re.search(r"^```python finish_model\.py\n(.*?)^```$", page, re.M | re.S).group(1)
        (self.folder / "finish_model.py").write_text(script)

    def finish(self):
        return subprocess.run(
            [sys.executable, "finish_model.py", "cardiac.onnx", "heartbeat.onnx"],
            cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE_S, check=False)

    def features(self, sound):
        done = subprocess.run(
            [harness.PROGRAM, "features", sound, "--preset", "original", "--json"],
            capture_output=True, text=True, timeout=PATIENCE_S, check=True,
            env=harness.environment())
        return json.loads(done.stdout)

    def test_a_converted_model_runs_with_the_original_front_end(self):
        sound = harness.DATA / "b0002.flac"
        front_end = self.features(sound)["config"]
        for outputs in (1, 2):
            for trailing_identity in (False, True):
                with self.subTest(outputs=outputs, identity=trailing_identity):
                    constants = keras_model(self.folder / "cardiac.onnx", outputs,
                                            trailing_identity=trailing_identity)
                    done = self.finish()
                    self.assertEqual(done.returncode, 0, done.stderr)
                    with Server(model=self.folder / "heartbeat.onnx") as server:
                        card = server.get("/model").json()
                        prediction = server.predict(sound.read_bytes()).json()
                    self.assertEqual(card["features"], front_end)
                    self.assertEqual(card["window_s"], 5.056)
                    # The same window, from the features that the program prints with these options.
                    spectrogram = self.whole_spectrogram(sound)
                    logit = expected_logit(constants, spectrogram[:, :FRAMES])
                    heard = prediction["windows"][0]["probability_abnormal"]
                    self.assertAlmostEqual(heard, 1 / (1 + math.exp(-logit)), delta=1e-4)
                    self.assertTrue(0.01 < heard < 0.99, heard)

    def whole_spectrogram(self, sound):
        """Of the whole recording, as a window of a prediction is cut from it."""
        target = self.folder / "features.npy"
        subprocess.run(
            [harness.PROGRAM, "features", sound, "--npy", target, "--window-samples", "2048",
             "--fft-samples", "2048", "--hop-samples", "256", "--max-hz", "2000",
             "--band-pass-low-hz", "0", "--band-pass-high-hz", "0", "--min-power", "1e-10",
             "--normalization", "none"],
            capture_output=True, timeout=PATIENCE_S, check=True, env=harness.environment())
        return np.load(target)

    def test_another_end_is_named(self):
        keras_model(self.folder / "cardiac.onnx", 1)
        model = onnx.load(self.folder / "cardiac.onnx")
        model.graph.node[-1].op_type = "Tanh"
        onnx.save(model, self.folder / "cardiac.onnx")
        done = self.finish()
        self.assertEqual(done.returncode, 1)
        self.assertIn("the last node is Tanh", done.stderr)


if __name__ == "__main__":
    harness.main(__doc__, minimum_checks=12)
