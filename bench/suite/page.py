"""Writes docs/benchmarks.md with its plots from the results of the parts."""

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


def kept(docs):
    """{part: result} of what the page says now."""
    path = docs / "benchmarks/results.json"
    return json.loads(path.read_text()) if path.is_file() else {}


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


def write(results, docs):
    """The page and what stands beside it; whatever stood there of other parts is gone."""
    text = render(results)
    beside = docs / "benchmarks"
    beside.mkdir(parents=True, exist_ok=True)
    # Beside the page, so that a test can tell whether it was edited.
    ordered = {part: results[part] for part in PARTS if part in results}
    (beside / "results.json").write_text(json.dumps(ordered, indent=1) + "\n")
    if "growth" in results:
        write_growth(results["growth"], beside)
    (docs / "benchmarks.md").write_text(text)


def copy_locust(results_folder, docs):
    """The files of Locust's last run."""
    beside = docs / "benchmarks/locust"
    beside.mkdir(parents=True, exist_ok=True)
    for name in part_locust.COPIED:
        shutil.copyfile(results_folder / "locust" / name, beside / name)
