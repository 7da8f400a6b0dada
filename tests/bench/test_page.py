"""The page of script/bench: every number has its source, goals are judged, and it is not edited.

    test_page.py

recorded/ holds results of a quick run, shortened; nothing is measured here, and no peer is needed.
"""

import copy
import json
import math
import pathlib
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDED = pathlib.Path(__file__).resolve().parent / "recorded.json"
sys.path.insert(0, str(ROOT / "bench"))

from suite import figures, http_load, page, page_sections, part_growth, part_load, plot  # noqa: E402


def leaves(value, path=()):
    """(path, value) of every number in nested results."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for key, inner in enumerate(value):
            yield from leaves(inner, (*path, key))
    else:
        yield path, value


class Recorded(unittest.TestCase):
    def setUp(self):
        self.results = json.loads(RECORDED.read_text())

    def at(self, *path):
        value = self.results
        for key in path:
            value = value[key]
        return value

    def put(self, value, *path):
        self.at(*path[:-1])[path[-1]] = value


class Page(Recorded):
    def test_says_what_was_measured(self):
        text = page.render(self.results)
        for part in page.PARTS:
            self.assertIn(f"commit {self.at(part, 'commit')}", text)
        ours = self.at("load", "figures", "saturation", "no_store", "requests_per_s")
        peer = self.at("load", "figures", "saturation", "peer", "requests_per_s")
        self.assertIn(f"| at least 30 × | {ours / peer:.1f} × |", text)
        point = self.at("nn", "figures", "points", 0)
        self.assertIn(f"**{point['ratio']['median']:.2f}**", text)
        self.assertIn(f"{self.at('locust', 'figures', 'requests'):,} requests", text)

    def test_another_result_is_another_page(self):
        before = page.render(self.results)
        self.put(123456.7, "load", "figures", "closed_loop", "durable", "16", "p99_ms")
        after = page.render(self.results)
        self.assertNotIn("123,456.7", before)
        self.assertIn("123,456.7", after)

    def test_goals_are_judged(self):
        peer = self.at("load", "figures", "saturation", "peer", "requests_per_s")

        def judged(times):
            self.put(times * peer, "load", "figures", "saturation", "no_store", "requests_per_s")
            rows = page.render(self.results).split("\n")
            return next(row for row in rows if row.startswith("| requests a second, without history"))

        self.assertTrue(judged(30.01).endswith("| reached |"))
        self.assertTrue(judged(29.9).endswith("| **missed** |"))

    def test_a_busy_machine_is_told(self):
        self.put(0.0, "nn", "meanwhile", "others_cores")
        quiet = page.render({"nn": self.results["nn"]})
        self.put(1.5, "nn", "meanwhile", "others_cores")
        busy = page.render({"nn": self.results["nn"]})
        self.assertIn("a quiet machine", quiet)
        self.assertIn("a busy machine", busy)
        self.assertIn("kept 1.50 of", busy)

    def test_parts_that_were_not_measured_are_named(self):
        text = page.render({"nn": self.results["nn"]})
        self.assertIn("`script/bench load`", text)
        self.assertNotIn("stand-in", text)
        self.assertIn("Not measured", page.render({}))


class Sources(Recorded):
    def test_a_figure_that_is_missing_fails(self):
        """Each number is taken away in turn: the page either does not use it, or is refused."""
        whole = page.render(self.results)
        refused = 0
        for path, _ in list(leaves(self.results)):
            results = copy.deepcopy(self.results)
            inner = results
            for key in path[:-1]:
                inner = inner[key]
            del inner[path[-1]]
            try:
                text = page.render(results)
            except (figures.MissingFigure, KeyError, IndexError, ValueError):
                refused += 1
                continue
            # What is listed (versions, runs) may be fewer; no number may come from elsewhere.
            if "versions" not in path:
                self.assertEqual(text, whole, path)
        self.assertGreater(refused, 200)

    def test_the_missing_figure_is_named(self):
        del self.results["locust"]["figures"]["p99_ms"]
        with self.assertRaisesRegex(
            figures.MissingFigure, r"locust\.figures\.p99_ms: run `script/bench locust`"
        ):
            page.render(self.results)

    def test_a_number_written_by_hand_is_refused(self):
        section = page_sections.SECTIONS["nn"]
        page_sections.SECTIONS["nn"] = lambda f: section(f) + "\n\nThat is 3 times as fast."
        try:
            with self.assertRaisesRegex(figures.HandWritten, "3 times as fast"):
                page.render(self.results)
        finally:
            page_sections.SECTIONS["nn"] = section

    def test_names_may_have_digits(self):
        self.assertEqual(
            figures.unmarked("p99.9 of p50 over HTTP/1.1: " + figures.mark(1.25, "{:.1f}")),
            "p99.9 of p50 over HTTP/1.1: 1.2",
        )
        for text in ("p98", "p99.8", "x 7", "HTTP/2"):
            with self.assertRaises(figures.HandWritten):
                figures.unmarked(text)

    def test_the_page_in_the_repository_was_not_edited(self):
        results = json.loads((ROOT / "docs/benchmarks/results.json").read_text())
        written = (ROOT / "docs/benchmarks.md").read_text()
        self.assertEqual(page.render(results), written, "run script/bench --page-only")
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            if "growth" in results:
                page.write_growth(results["growth"], folder)
            for path in folder.iterdir():
                beside = ROOT / "docs/benchmarks" / path.name
                self.assertEqual(path.read_text(), beside.read_text(), path.name)

    def test_what_the_page_shows_is_there(self):
        text = (ROOT / "docs/benchmarks.md").read_text()
        shown = [part.split(")")[0] for part in text.split("](")[1:]]
        self.assertGreater(len(shown), 0)
        for name in shown:
            self.assertTrue((ROOT / "docs" / name).is_file(), name)


class Measuring(Recorded):
    def test_where_a_system_saturates(self):
        def level(rate):
            return {"requests_per_s": {"median": rate}}

        levels = {"1": level(50), "4": level(96), "16": level(100), "32": level(99)}
        self.assertEqual(part_load.saturation(levels), ("4", 100))
        self.assertEqual(part_load.saturation({"1": level(94), "4": level(100)}), ("4", 100))

    def test_how_it_grows(self):
        def points(power):
            return [{"n": n, "t": 3 * n**power} for n in (1, 10, 100, 1000)]

        for power in (0, 1, 2):
            self.assertAlmostEqual(part_growth.exponent(points(power), "n", "t"), power)

    def test_a_form_is_what_servers_read(self):
        content_type, body = http_load.form([("a.wav", b"one"), ("b.wav", b"two\r\n")], key="files")
        boundary = content_type.split("boundary=")[1].encode()
        parts = body.split(b"--" + boundary)
        self.assertEqual([parts[0], parts[-1]], [b"", b"--\r\n"])
        self.assertEqual([part.split(b"\r\n\r\n", 1)[1] for part in parts[1:-1]],
                         [b"one\r\n", b"two\r\n\r\n"])
        self.assertIn(b'name="files"; filename="b.wav"', parts[2])

    def test_a_plot_has_its_points(self):
        picture = xml.etree.ElementTree.fromstring(
            plot.grow("files & more", [1, 10, 1000], {"ms": [2.0, 20.0, 2000.0], "MiB": [5, 5, 5]})
        )
        space = "{http://www.w3.org/2000/svg}"
        circles = [(float(c.get("cx")), float(c.get("cy"))) for c in picture.iter(space + "circle")]
        self.assertEqual(len(circles), 6)
        line, flat = circles[:3], circles[3:]
        # Linear growth is a straight line on logarithmic axes: three decades, the first a third.
        self.assertAlmostEqual((line[1][0] - line[0][0]) / (line[2][0] - line[0][0]), 1 / 3, places=2)
        self.assertAlmostEqual((line[1][1] - line[0][1]) / (line[2][1] - line[0][1]), 1 / 3, places=2)
        self.assertEqual(len({y for _, y in flat}), 1)
        self.assertTrue(all(0 < x < plot.WIDTH and 0 < y < plot.HEIGHT for x, y in circles))
        self.assertTrue(math.isclose(line[0][0], plot.LEFT))

    def test_every_program_of_bench_compiles(self):
        paths = sorted((ROOT / "bench").rglob("*.py"))
        self.assertIn(ROOT / "bench/locustfile.py", paths)
        for path in paths:
            compile(path.read_text(), str(path), "exec")


if __name__ == "__main__":
    unittest.main()
