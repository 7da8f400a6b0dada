#!/usr/bin/env python3
"""How the recordings of the history are drawn: their waveform and spectrogram, of every format.

usage: test_sound.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.
"""

import base64
import math
import struct
import time
from pathlib import Path

import harness
from harness import Server, ServerTest
from sounds import flac_steps, float_wav

# Of 18.9 s at 2000 Hz, in every format; lossy ones at their own rate.
FORMATS = ("a0001.flac", "formats/a0001.wav", "formats/a0001.mp3", "formats/a0001_opus.ogg",
           "formats/a0001_vorbis.ogg")


def samples_of(path):
    """The samples of a 16-bit mono WAV file, by Python alone."""
    data = path.read_bytes()
    at = data.index(b"data") + 8
    return [value / 32768 for value in
            struct.unpack(f"<{(len(data) - at) // 2}h", data[at:at + (len(data) - at) // 2 * 2])]


class SoundTest(ServerTest):
    def keep(self, server, content):
        return "/predictions/" + server.predict(content).json()["id"]

    def waveform(self, server, kept, **query):
        answer = server.get(kept + "/waveform", params=query)
        self.assertEqual(answer.status_code, 200, answer.text)
        drawn = answer.json()
        self.assertEqual(len(drawn["min"]), len(drawn["max"]))
        self.assertTrue(all(low <= high for low, high in zip(drawn["min"], drawn["max"])))
        step = drawn["samples_per_point"]
        self.assertEqual(step & (step - 1), 0)
        self.assertLessEqual(len(drawn["min"]), query.get("points", 2048))
        return drawn

    def spectrogram(self, server, kept, **query):
        answer = server.get(kept + "/spectrogram", params=query)
        self.assertEqual(answer.status_code, 200, answer.text)
        drawn = answer.json()
        values = base64.b64decode(drawn["values"], validate=True)
        self.assertEqual(len(values), drawn["bands"] * drawn["frames"])
        drawn["values"] = [values[band * drawn["frames"]:(band + 1) * drawn["frames"]]
                           for band in range(drawn["bands"])]
        return drawn

    def test_every_format_is_drawn(self):
        # So much must be the same in a lossy copy.
        peaks = {}
        with Server() as server:
            for name in FORMATS:
                with self.subTest(name):
                    content = (harness.DATA / name).read_bytes()
                    heard = server.predict(content).json()
                    kept = "/predictions/" + heard["id"]
                    drawn = self.waveform(server, kept)
                    self.assertEqual(drawn["duration_s"], heard["recording"]["duration_s"])
                    self.assertEqual(drawn["sample_rate_hz"],
                                     heard["recording"]["sample_rate_hz"])
                    self.assertEqual((drawn["start_s"], drawn["end_s"]),
                                     (0, drawn["duration_s"]))
                    peaks[name] = max(drawn["max"])
                    picture = self.spectrogram(server, kept)
                    self.assertEqual((picture["bands"], picture["max_hz"]), (129, 1000))
                    self.assertGreater(picture["frames"], 900)
                    flat = [value for band in picture["values"] for value in band]
                    self.assertGreater(max(flat), 250)  # the loudest is somewhere here
                    # A heart is louder at 50 Hz than at 900 Hz.
                    self.assertGreater(sum(picture["values"][6]), sum(picture["values"][115]))
        for name, peak in peaks.items():
            self.assertLess(abs(peak - peaks["a0001.flac"]), 0.1, name)

    def test_every_level_equals_the_samples(self):
        path = harness.DATA / "formats" / "a0001.wav"
        samples = samples_of(path)
        with Server() as server:
            kept = self.keep(server, path.read_bytes())
            rate = self.waveform(server, kept)["sample_rate_hz"]
            self.assertEqual(len(samples) / rate, self.waveform(server, kept)["duration_s"])
            for start, end, points in ((0, None, 8192), (0, None, 100), (3.1, 4.7, 64),
                                       (3.1, 3.2, 8192), (len(samples) / rate - 0.01, 99, 8)):
                query = {"start_s": start, "points": points}
                if end is not None:
                    query["end_s"] = end
                with self.subTest(**query):
                    drawn = self.waveform(server, kept, **query)
                    step = drawn["samples_per_point"]
                    first = round(drawn["start_s"] * rate)
                    last = round(drawn["end_s"] * rate)
                    self.assertEqual(first % step, 0)
                    self.assertLessEqual(drawn["start_s"], start)
                    self.assertGreaterEqual(drawn["end_s"], min(end or 99, drawn["duration_s"]))
                    self.assertEqual(len(drawn["min"]), math.ceil((last - first) / step))
                    for i, (low, high) in enumerate(zip(drawn["min"], drawn["max"])):
                        part = samples[first + i * step:min(first + (i + 1) * step, last)]
                        self.assertAlmostEqual(low, min(part), delta=0.51e-4)
                        self.assertAlmostEqual(high, max(part), delta=0.51e-4)

    def test_a_sine_stands_where_and_when_it_sounds(self):
        rate = 4000
        loud = [0.5 * math.sin(2 * math.pi * 125 * i / rate) for i in range(5 * rate)]
        soft = [0.05 * math.sin(2 * math.pi * 500 * i / rate) for i in range(5 * rate)]
        with Server() as server:
            kept = self.keep(server, float_wav(loud + soft, rate))
            picture = self.spectrogram(server, kept)
            zoomed = self.spectrogram(server, kept, start_s=7, end_s=8, max_hz=600)
            self.assertEqual(zoomed["start_s"], 7)
            self.assertEqual(zoomed["frames"], 1000)
            for drawn, at_s in ((picture, 7.5), (zoomed, 7.5)):
                frame = int((at_s - drawn["start_s"]) / drawn["hop_s"])
                self.assertEqual(drawn["values"][16][frame], 0)
                # -20 dB of 80: three quarters of 255.
                self.assertAlmostEqual(drawn["values"][64][frame], 191, delta=1)
            self.assertEqual(picture["values"][16][int(2.5 / picture["hop_s"])], 255)

    def test_half_an_hour_at_192_khz_is_drawn_in_bounded_memory(self):
        rate, block = 192_000, 48_000
        blocks = 1800 * rate // block
        # Up and down twice a second: 100 kB as FLAC, 691 MB as samples.
        content = flac_steps([16384 * (i % 2) for i in range(blocks)], rate, block)
        with Server() as server:
            kept = self.keep(server, content)
            before = self.peak_bytes(server)
            begun = time.monotonic()
            drawn = self.waveform(server, kept)
            took = time.monotonic() - begun
            self.assertEqual(drawn["duration_s"], 1800)
            self.assertEqual(drawn["peak"], 0.5)
            begun = time.monotonic()
            picture = self.spectrogram(server, kept)
            self.assertLess(time.monotonic() - begun, max(took, 5))
            self.assertLessEqual(picture["frames"], 1024)
            # Single samples: decoded again, for the part alone.
            close = self.waveform(server, kept, start_s=1000 - 2 / rate, end_s=1000 + 2 / rate)
            self.assertEqual(close["samples_per_point"], 1)
            self.assertEqual(close["max"], [0.5, 0.5, 0, 0])
            grown = self.peak_bytes(server) - before
            self.assertLess(grown, 150 << 20)
            print(f"30 min at 192 kHz: {took:.1f} s to the first picture, "
                  f"{grown >> 20} MiB more memory")

    def peak_bytes(self, server):
        status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
        return int(status.split("VmHWM:")[1].split()[0]) << 10

    def test_looking_closer_is_quick(self):
        with Server() as server:
            kept = self.keep(server, (harness.DATA / "a0001.flac").read_bytes())
            self.waveform(server, kept)
            begun = time.monotonic()
            for i in range(20):
                self.waveform(server, kept, start_s=i / 2, end_s=i / 2 + 1)
                self.spectrogram(server, kept, start_s=i / 2, end_s=i / 2 + 1)
            took = (time.monotonic() - begun) / 40
            print(f"a part takes {1000 * took:.1f} ms")
            self.assertLess(took, 1)

    def test_what_was_deleted_is_not_drawn(self):
        content = (harness.DATA / "b0002.flac").read_bytes()
        with Server() as server:
            kept = self.keep(server, content)
            etag = server.get(kept + "/waveform").headers["ETag"]
            server.request("DELETE", kept)
            for kind in ("/waveform", "/spectrogram"):
                for headers in ({}, {"If-None-Match": etag}):
                    self.assert_problem(server.get(kept + kind, headers=headers), 404, "not-found")

    def test_what_cannot_be_drawn_is_said(self):
        with Server() as server:
            kept = self.keep(server, (harness.DATA / "b0002.flac").read_bytes())
            for query in ({"points": 0}, {"points": 8193}, {"start_s": 1, "end_s": 1},
                          {"start_s": "nan"}, {"start_s": 1000}, {"frames": 5}):
                answer = server.get(kept + "/waveform", params=query)
                self.assert_problem(answer, 400, "invalid-argument")
            for query in ({"frames": 4097}, {"max_hz": 2001}, {"max_hz": 0}, {"end_s": -1}):
                answer = server.get(kept + "/spectrogram", params=query)
                self.assert_problem(answer, 400, "invalid-argument")


if __name__ == "__main__":
    harness.main(__doc__, minimum_checks=90)
