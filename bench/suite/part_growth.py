"""How cost grows: with the length of a recording, with files, connections and the history."""

import math
import pathlib
import tempfile
import time

from suite import history_rows, http_load, servers, settings, sounds
from suite.measure import median, run_process

LENGTHS_S = (5, 15, 60, 300, 900, 1800)
FILES = (1, 10, 100, 1000)
CONNECTIONS = (1, 10, 100, 300, 1000)


def exponent(points, x, y):
    """How y grows over the upper half of the points: y ~ x^exponent; 1 is linear."""
    last = points[-1]
    first = points[len(points) // 2 - 1] if len(points) > 2 else points[0]
    return math.log(last[y] / first[y]) / math.log(last[x] / first[x])


def lengths(chosen, say):
    """One file through `heartbeat predict`, the start of the program included and told beside it."""
    rounds = chosen.pick(3, 7)
    points = []
    for seconds in LENGTHS_S:
        say(f"a recording of {seconds} s")
        sound = sounds.write_wav("length.wav", seconds)
        command = [
            chosen.program, "predict", "--csv", "--quiet", "--threads", 1, "--model", chosen.model,
            sound,
        ]
        runs = [run_process(command) for _ in range(rounds)]
        points.append(
            {
                "length_s": seconds,
                "wall_ms": median([run["wall_s"] for run in runs]) * 1e3,
                "cpu_ms": median([run["cpu_s"] for run in runs]) * 1e3,
                "peak_rss_mib": max(run["peak_rss_mib"] for run in runs),
            }
        )
    return {"points": points, "exponent": exponent(points, "length_s", "cpu_ms")}


def files(chosen, say):
    """So many recordings of 5 s in one `heartbeat predict`, and in one POST /batch-predict."""
    rounds = chosen.pick(1, 3)
    content = sounds.wav(5)
    points = []
    with tempfile.TemporaryDirectory(dir=settings.RESULTS) as name:
        folder = pathlib.Path(name)
        with servers.heartbeat(chosen, "batch", "--no-store") as server:
            for count in FILES:
                say(f"{count} files")
                for i in range(len(list(folder.iterdir())), count):
                    (folder / f"{i:04}.wav").write_bytes(content)
                command = [
                    chosen.program, "predict", "--csv", "--quiet", "--model", chosen.model, folder
                ]
                runs = [run_process(command) for _ in range(rounds)]
                batch = [(f"{i:04}.wav", content) for i in range(count)]
                server.forget_peak()
                times_s = []
                for _ in range(rounds):
                    began = time.perf_counter()
                    answer = http_load.post(server.url + "/batch-predict", batch, key="files")
                    times_s.append(time.perf_counter() - began)
                    if answer["batch_summary"]["successful"] != count:
                        raise RuntimeError("not every file of the batch was heard")
                points.append(
                    {
                        "files": count,
                        "predict_ms": median([run["wall_s"] for run in runs]) * 1e3,
                        "predict_peak_rss_mib": max(run["peak_rss_mib"] for run in runs),
                        "batch_ms": median(times_s) * 1e3,
                        "batch_peak_rss_mib": server.peak_rss_mib(),
                    }
                )
    return {
        "points": points,
        "predict_exponent": exponent(points, "files", "predict_ms"),
        "batch_exponent": exponent(points, "files", "batch_ms"),
    }


def connections(chosen, say):
    """So many clients at a time, each with a connection of its own."""
    sound = sounds.write_wav("load.wav", 5)
    points = []
    with servers.heartbeat(chosen, "connections", "--no-store") as server:
        rate = http_load.closed_loop(server, sound, 2, 2)["requests_per_s"]
        for clients in CONNECTIONS:
            say(f"{clients} connections")
            length_s = http_load.enough_seconds(chosen.pick(4, 8), clients, rate)
            figures = http_load.closed_loop(server, sound, clients, length_s)
            rate = figures["requests_per_s"]
            points.append(
                {
                    "connections": clients,
                    "requests_per_s": figures["requests_per_s"],
                    "p50_ms": figures["p50_ms"],
                    "p99_ms": figures["p99_ms"],
                    "peak_rss_mib": figures["peak_rss_mib"],
                }
            )
    return {"points": points, "exponent": exponent(points, "connections", "p50_ms")}


def _page_ms(server, path, rounds):
    times_ms = []
    for _ in range(rounds):
        began = time.perf_counter()
        server.get(path)
        times_ms.append((time.perf_counter() - began) * 1e3)
    return median(times_ms)


def history(chosen, say):
    """A server on a history of so many predictions: pages, one more prediction, its memory."""
    rows = [1, 1000, 10_000, 100_000]
    rows += chosen.pick([], [1_000_000], [1_000_000, 10_000_000])
    rounds = chosen.pick(20, 40)
    content = sounds.wav(5)
    points = []
    with servers.data_folder() as folder:
        for wanted in rows:
            say(f"a history of {wanted}")
            if points:
                history_rows.fill(folder, wanted)
            began = time.perf_counter()
            with servers.heartbeat(chosen, "history", "--data-dir", folder) as server:
                start_ms = (time.perf_counter() - began) * 1e3
                if not points:
                    http_load.post(server.url + "/predict", [("sound.wav", content)])
                page_ms = _page_ms(server, "/predictions", rounds)
                filtered_ms = _page_ms(server, "/predictions?verdict=poor_quality", rounds)
                times_ms = []
                for _ in range(rounds):
                    began = time.perf_counter()
                    http_load.post(server.url + "/predict", [("sound.wav", content)])
                    times_ms.append((time.perf_counter() - began) * 1e3)
                peak_rss_mib = server.peak_rss_mib()
            points.append(
                {
                    "rows": wanted,
                    "start_ms": start_ms,
                    "page_ms": page_ms,
                    "filtered_page_ms": filtered_ms,
                    "predict_ms": median(times_ms),
                    "peak_rss_mib": peak_rss_mib,
                    "database_mib": (folder / "heartbeat.db").stat().st_size / 1024**2,
                }
            )
    return {
        "points": points,
        "page_exponent": exponent(points, "rows", "page_ms"),
        "filtered_page_exponent": exponent(points, "rows", "filtered_page_ms"),
        "predict_exponent": exponent(points, "rows", "predict_ms"),
    }


def run(chosen, say):
    return {
        "lengths": lengths(chosen, say),
        "files": files(chosen, say),
        "connections": connections(chosen, say),
        "history": history(chosen, say),
    }
