"""The original's load test: users of Locust who post real recordings, with its CSV and two plots."""

import csv
import os
import subprocess

from suite import servers, settings

USERS = 100
SPAWNED_PER_S = 50
FOLDER = settings.RESULTS / "locust"
COPIED = ("heartbeat_stats.csv", "heartbeat_stats_history.csv", "summary.txt", "requests.png",
          "response_times.png")


def plot(history):
    """The two pictures of the original: requests a second, and response times."""
    import matplotlib  # only here: nothing else needs it

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = [row for row in history if row["Name"] == "Aggregated" and row["50%"] != "N/A"]
    began = int(rows[0]["Timestamp"])
    seconds = [int(row["Timestamp"]) - began for row in rows]
    pictures = {
        "requests.png": ("requests a second", {"requests/s": "Requests/s", "failures/s": "Failures/s"}),
        "response_times.png": ("response time, ms", {"median": "50%", "99th percentile": "99%"}),
    }
    for name, (label, lines) in pictures.items():
        figure, axes = pyplot.subplots(figsize=(8, 4), dpi=100)
        for line, column in lines.items():
            axes.plot(seconds, [float(row[column]) for row in rows], label=line)
        axes.set_xlabel("seconds")
        axes.set_ylabel(label)
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
        axes.legend()
        figure.savefig(FOLDER / name, bbox_inches="tight", metadata={"Software": None})
        pyplot.close(figure)


def run(chosen, say):
    seconds = chosen.pick(30, 120)
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    with servers.data_folder() as folder, servers.heartbeat(
        chosen, "locust", "--data-dir", folder
    ) as server:
        say(f"{USERS} users for {seconds} s")
        command = [
            "/usr/bin/python3", "-m", "locust", "--locustfile", settings.ROOT /
            "bench/locustfile.py", "--headless", "--host", server.url, "--users", USERS,
            "--spawn-rate", SPAWNED_PER_S, "--run-time", f"{seconds}s", "--only-summary", "--csv",
            FOLDER / "heartbeat", "--exit-code-on-error", "0", "--loglevel", "WARNING",
        ]
        answer = subprocess.run(
            list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=dict(os.environ, HEARTBEAT_BENCH_DATA=str(chosen.data)), check=True,
        )
        peak_rss_mib = server.peak_rss_mib()
    (FOLDER / "summary.txt").write_text(
        "\n".join(line.rstrip() for line in answer.stdout.splitlines()) + "\n"
    )
    with (FOLDER / "heartbeat_stats_history.csv").open(newline="") as file:
        plot(list(csv.DictReader(file)))
    with (FOLDER / "heartbeat_stats.csv").open(newline="") as file:
        total = next(row for row in csv.DictReader(file) if row["Name"] == "Aggregated")
    return {
        "users": USERS,
        "spawned_per_s": SPAWNED_PER_S,
        "seconds": seconds,
        "requests": int(total["Request Count"]),
        "failures": int(total["Failure Count"]),
        "requests_per_s": float(total["Requests/s"]),
        "p50_ms": float(total["50%"]),
        "p99_ms": float(total["99%"]),
        "p999_ms": float(total["99.9%"]),
        "peak_rss_mib": peak_rss_mib,
    }
