"""The soak: that its verdict sees what is not flat, and a short one over the built server.

    python3 soak_test.py HEARTBEAT RECORDINGS MODEL
"""

import csv
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "bench" / "soak"
sys.path.insert(0, str(FOLDER))
sys.dont_write_bytecode = True
import verdict  # noqa: E402

ARGUMENTS = []
BEFORE = {"descriptors": 14, "threads": 6}


def sample(number, **changed):
    return {
        "seconds": 5.0 * number,
        "rss_kib": 60_000,
        # A heap breathes: up and down by half a MiB.
        "anonymous_kib": 30_000 + 512 * (number % 2),
        "descriptors": 40 + number % 3,
        "threads": 6,
        "requests": 100,
        "failures": 0,
        "median_ms": 9.0,
        "p99_ms": 20.0,
        "max_ms": 30.0,
        **changed,
    }


class VerdictTest(unittest.TestCase):
    def judge(self, samples, drained=None):
        return verdict.judge(samples, BEFORE, drained or BEFORE, growth_mib=8)

    def assert_names(self, wrong, word):
        self.assertEqual(len(wrong), 1, wrong)
        self.assertIn(word, wrong[0])

    def test_what_breathes_is_flat(self):
        self.assertEqual(self.judge([sample(n) for n in range(100)]), [])

    def test_what_grows_at_first_is_flat(self):
        samples = [sample(n, anonymous_kib=30_000 + 2_000 * min(n, 20)) for n in range(100)]
        self.assertEqual(self.judge(samples), [])

    def test_one_odd_sample_is_none(self):
        samples = [sample(n) for n in range(100)]
        samples[-1]["anonymous_kib"] *= 10
        self.assertEqual(self.judge(samples), [])

    def test_a_leak_is_seen(self):
        # 200 KiB in 5 s: 9.8 MiB over the last 50 samples.
        samples = [sample(n, anonymous_kib=30_000 + 200 * n) for n in range(100)]
        self.assert_names(self.judge(samples), "memory grew by 9.")

    def test_lost_descriptors_and_threads_are_seen(self):
        samples = [sample(n) for n in range(100)]
        self.assert_names(
            self.judge(samples, {"descriptors": 17, "threads": 6}), "17 descriptors are left"
        )
        self.assert_names(self.judge(samples, {"descriptors": 14, "threads": 9}), "9 threads")
        growing = [sample(n, descriptors=40 + n // 10) for n in range(100)]
        self.assert_names(self.judge(growing), "descriptors grew by")

    def test_a_failure_is_seen(self):
        samples = [sample(n) for n in range(100)]
        samples[50]["failures"] = 1
        self.assert_names(self.judge(samples), "1 of 10000 requests failed")

    def test_too_little_says_nothing(self):
        self.assert_names(self.judge([sample(0), sample(1)]), "too few")

    def test_the_slope_is_that_of_a_line(self):
        self.assertAlmostEqual(verdict.slope([0, 1, 2, 5], [1, 3, 5, 11]), 2)
        self.assertEqual(verdict.slope([1], [1]), 0)


class SoakTest(unittest.TestCase):
    def test_a_short_one(self):
        program, recordings, model = ARGUMENTS
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [sys.executable, str(FOLDER / "soak.py"), program, model, recordings]
                + ["--hours", "0.002", "--sample-s", "1", "--warm-up-s", "2", "--load", "0.3"]
                + ["--growth-mib", "1000", "--out", folder],
                capture_output=True,
                text=True,
                check=False,
                timeout=240,
            )
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertTrue(done.stdout.endswith("verdict: flat\n"), done.stdout)
            with open(pathlib.Path(folder, "soak.csv"), encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            self.assertGreaterEqual(len(rows), 4)
            self.assertEqual(tuple(rows[0]), verdict.COLUMNS)
            self.assertGreater(sum(int(row["requests"]) for row in rows), 0)
            self.assertGreater(int(rows[-1]["rss_kib"]), 1000)
            self.assertGreater(float(rows[-1]["p99_ms"]), 0)
            picture = xml.etree.ElementTree.parse(pathlib.Path(folder, "soak.svg")).getroot()
            lines = picture.findall("{http://www.w3.org/2000/svg}polyline")
            self.assertEqual(len(lines), 8)
            self.assertEqual(len(lines[0].get("points").split()), len(rows))

    def test_options_that_make_no_sense(self):
        program, recordings, model = ARGUMENTS
        done = subprocess.run(
            [sys.executable, str(FOLDER / "soak.py"), program, model, recordings, "--load", "2"],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 2)
        self.assertIn("--load is over 0 and at most 1", done.stderr)


if __name__ == "__main__":
    ARGUMENTS = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
