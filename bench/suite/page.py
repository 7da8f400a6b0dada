"""Writes docs/benchmarks.md with its plots from what the parts left in build/bench."""

import csv
import json
import shutil

from suite import page_sections, part_locust, plot
from suite.figures import Figures, unmarked

PARTS = ("load", "nn", "features", "predict", "growth", "locust", "micro")

# plot -> (key in the growth part, column and label of x, {column: label})
GROWTH = {
    "length": ("lengths", "length_s", "length of the recording, s",
               {"cpu_ms": "processor time of heartbeat predict, ms",
                "peak_rss_mib": "peak memory, MiB"}),
    "files": ("files", "files", "recordings of one run or one request",
              {"predict_ms": "heartbeat predict, ms", "batch_ms": "POST /batch-predict, ms",
               "predict_peak_rss_mib": "peak memory of predict, MiB",
               "batch_peak_rss_mib": "peak memory of the server, MiB"}),
    "connections": ("connections", "connections", "connections",
                    {"requests_per_s": "requests a second", "p50_ms": "p50, ms", "p99_ms": "p99, ms",
                     "peak_rss_mib": "peak memory, MiB"}),
    "history": ("history", "rows", "predictions in the history",
                {"page_ms": "first page, ms", "filtered_page_ms": "first page of one verdict, ms",
                 "predict_ms": "POST /predict, ms", "peak_rss_mib": "peak memory, MiB"}),
}


def read(folder):
    """{part: result} of the parts that were measured."""
    results = {}
    for part in PARTS:
        path = folder / f"{part}.json"
        if path.is_file():
            results[part] = json.loads(path.read_text())
    return results


def render(results):
    """The page's Markdown. Raises figures.MissingFigure and figures.HandWritten."""
    return unmarked(page_sections.whole(Figures(results)))


def write_growth(growth, folder):
    for name, (key, x, x_label, lines) in GROWTH.items():
        points = growth["figures"][key]["points"]
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, points[0], lineterminator="\n")
            writer.writeheader()
            for point in points:
                writer.writerow(
                    {k: v if isinstance(v, int) else f"{v:.6g}" for k, v in point.items()}
                )
        values = {label: [point[column] for point in points] for column, label in lines.items()}
        picture = plot.grow(x_label, [point[x] for point in points], values)
        (folder / f"{name}.svg").write_text(picture)


def write(results_folder, docs):
    results = read(results_folder)
    text = render(results)
    beside = docs / "benchmarks"
    beside.mkdir(parents=True, exist_ok=True)
    # Beside the page, so that a test can tell whether it was edited.
    (beside / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    if "growth" in results:
        write_growth(results["growth"], beside)
    if "locust" in results:
        (beside / "locust").mkdir(exist_ok=True)
        for name in part_locust.COPIED:
            shutil.copyfile(results_folder / "locust" / name, beside / "locust" / name)
    (docs / "benchmarks.md").write_text(text)
