"""The words of docs/benchmarks.md. Every number goes through Figures, mark or GOALS."""

from suite.figures import GOALS, mark

SYSTEM_NAMES = {
    "peer": "the stand-in",
    "no_store": "`heartbeat serve --no-store`",
    "durable": "`heartbeat serve`",
}
STAGE_NAMES = {
    "decode": "decoding and resampling",
    "quality": "signal quality",
    "features": "features",
    "network": "network",
    "rest": "the rest (SHA-256, verdict, regions)",
}
# Below this share of the processor that others took, a machine is called quiet.
QUIET_SHARE = 0.05


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def measured(f, part):
    """When, with what and beside what a part was measured."""
    quiet = f.get(part, "meanwhile", "others_cores") < QUIET_SHARE * f.get(
        part, "machine", "cores"
    )
    return (
        f"*{f(part, 'began')} UTC, commit {f(part, 'commit')}, scale {f(part, 'scale')}, "
        f"{f(part, 'meanwhile', 'took_s', form='{:.0f}')} s. Meanwhile other programs kept "
        f"{f(part, 'meanwhile', 'others_cores', form='{:.2f}')} of {f(part, 'machine', 'cores')} "
        f"cores busy: {'a quiet machine' if quiet else '**a busy machine, whose times mean little**'}.*"
    )


def outcome(reached):
    return "reached" if reached else "**missed**"


def nn_worst(f):
    points = f.get("nn", "figures", "points")
    return max(range(len(points)), key=lambda i: points[i]["ratio"]["median"])


def features_ratio(f, front_end):
    """(of the fastest peer, its name)"""
    peers = f.get("features", "figures", front_end, "peers")
    name = min(peers, key=lambda peer: peers[peer]["ratio"]["median"])
    return peers[name]["ratio"]["median"], name


def load_ratio(f, system):
    path = ("load", "figures", "saturation")
    return f.get(*path, system, "requests_per_s") / f.get(*path, "peer", "requests_per_s")


def p99_ratio(f, system):
    clients = str(f.get("load", "figures", "saturation", "peer", "clients"))
    path = ("load", "figures", "closed_loop")
    return f.get(*path, "peer", clients, "p99_ms") / f.get(*path, system, clients, "p99_ms")


def memory_share(f, system):
    path = ("load", "figures", "saturation")
    return f.get(*path, system, "peak_rss_mib") / f.get(*path, "peer", "peak_rss_mib")


def exponents(f):
    """{what grows: its exponent}"""
    growth = ("growth", "figures")
    return {
        "recording length": f.get(*growth, "lengths", "exponent"),
        "files of `heartbeat predict`": f.get(*growth, "files", "predict_exponent"),
        "files of `/batch-predict`": f.get(*growth, "files", "batch_exponent"),
        "connections": f.get(*growth, "connections", "exponent"),
        "a page of the history": f.get(*growth, "history", "page_exponent"),
        "a page of one verdict": f.get(*growth, "history", "filtered_page_exponent"),
        "a prediction beside a long history": f.get(*growth, "history", "predict_exponent"),
    }


def goals(f):
    rows = []

    def row(what, goal, value, reached):
        rows.append([what, goal, value, outcome(reached)])

    def at_least(what, key, value, form="{:.1f}"):
        row(what, "at least " + mark(GOALS[key], "{:,.0f} ×"), mark(value, form + " ×"),
            value >= GOALS[key])

    if f.has("load"):
        at_least("requests a second, without history, against the stand-in", "no_store_ratio",
                 load_ratio(f, "no_store"))
        at_least("requests a second, with the history, against the stand-in", "durable_ratio",
                 load_ratio(f, "durable"))
        for system in ("no_store", "durable"):
            at_least("p99 where the stand-in saturates, times as low, " + SYSTEM_NAMES[system],
                     "p99_ratio", p99_ratio(f, system))
        for system in ("no_store", "durable"):
            share = memory_share(f, system)
            row("peak memory of the stand-in's, " + SYSTEM_NAMES[system],
                "at most " + mark(100 * GOALS["memory_share"], "{:.0f} %"),
                mark(100 * share, "{:.0f} %"), share <= GOALS["memory_share"])
    if f.has("nn"):
        worst = f.get("nn", "figures", "points", nn_worst(f), "ratio", "median")
        row("the network's time of ONNX Runtime's, at its worst point",
            "at most " + mark(GOALS["nn_ratio"], "{:.1f} ×"), mark(worst, "{:.2f} ×"),
            worst <= GOALS["nn_ratio"])
    if f.has("features"):
        for front_end, name in (("shipped", "the shipped model's"), ("original", "the original's")):
            ratio, _ = features_ratio(f, front_end)
            at_least(f"speed of {name} front end against the fastest peer", "features_ratio", ratio,
                     "{:.2f}")
    if f.has("predict"):
        at_least("`heartbeat predict` over a folder, of real time", "times_real_time",
                 f.get("predict", "figures", "times_real_time", "median"), "{:,.0f}")
    if f.has("growth"):
        for what, value in exponents(f).items():
            row("exponent of growth: " + what, "at most " + mark(GOALS["exponent"], "{:.1f}"),
                mark(value, "{:.2f}"), value <= GOALS["exponent"])
    return table(["what", "goal", "measured", ""], rows)


def machine(f, part):
    versions = f.get(part, "machine", "versions")
    names = ", ".join(f"{name} {mark(version)}" for name, version in versions.items())
    return (
        f"{f(part, 'machine', 'processor')}, {f(part, 'machine', 'cores')} cores, "
        f"{f(part, 'machine', 'memory_gib', form='{:.0f}')} GiB, {f(part, 'machine', 'system')}, "
        f"Linux {f(part, 'machine', 'kernel')}. {names}."
    )


def load(f):
    path = ("load", "figures", "closed_loop")
    systems = list(SYSTEM_NAMES)
    rows = []
    for clients in f.get(*path, "peer"):
        for system in systems:
            at = (*path, system, clients)
            rows.append([
                mark(clients), SYSTEM_NAMES[system],
                f(*at, "requests_per_s", "median", form="{:,.1f}"),
                mark(f.get(*at, "requests_per_s", "median")
                     / f.get(*path, "peer", clients, "requests_per_s", "median"), "{:.1f} ×"),
                f(*at, "p50_ms", form="{:,.1f}"), f(*at, "p99_ms", form="{:,.1f}"),
                f(*at, "cpu_ms", form="{:.2f}"), f(*at, "peak_rss_mib", form="{:.0f}"),
            ])
    closed = table(["clients", "system", "requests/s", "of the stand-in's", "p50, ms", "p99, ms",
                    "processor time of one, ms", "peak memory, MiB"], rows)
    rows = []
    path = ("load", "figures", "open_loop")
    for share in f.get(*path, "peer"):
        for system in systems:
            at = (*path, system, share)
            rows.append([
                mark(share, "{} %"), SYSTEM_NAMES[system], f(*at, "requests_per_s", form="{:,.1f}"),
                f(*at, "p50_ms", form="{:,.1f}"), f(*at, "p99_ms", form="{:,.1f}"),
                f(*at, "p999_ms", form="{:,.1f}"), f(*at, "sent", form="{:,}"),
                mark(f.get(*at, "refused") + f.get(*at, "unanswered")),
            ])
    late_ms = max(
        at_share["sent_late_ms"] for system in systems for at_share in f.get(*path, system).values()
    )
    opened = table(["of saturation", "system", "requests/s asked for", "p50, ms", "p99, ms",
                    "p99.9, ms", "sent", "not answered"], rows)
    return f"""## The whole of `/predict`

{measured(f, "load")}

A WAV of {f("load", "figures", "sound_s")} s ({f("load", "figures", "sound_kib", form="{:.0f}")} KiB) as a form, on
loopback, the client (wrk) on the same cores. The stand-in for the original is `bench/peer`: FastAPI,
uvicorn with one worker and PyTorch, whose handler computes the same spectrogram and a network of the
original's size; it hears nothing else of the recording. Ours hears it whole with the model that ships,
judges its quality, and with the history has it on disk before it answers. All three run at once, and
one after the other is asked, {f("load", "figures", "rounds")} rounds of {f("load", "figures", "least_seconds")} s a level (longer where
each client would not have had its turn a few times); requests a second are the median. The processor
time of the server for one request says less of clients and more of work, and little of what else runs.

{closed}

At a given rate (`bench/open_loop.cpp`), with latency from the time at which a request was to be sent,
so that who waits is counted; arrivals are random, {f("load", "figures", "open_seconds")} s each. The client
itself sent ninety-nine of a hundred less than {mark(late_ms, "{:.1f}")} ms late.

{opened}"""


def nn(f):
    rows = []
    for i, point in enumerate(f.get("nn", "figures", "points")):
        at = ("nn", "figures", "points", i)
        rows.append([
            f(*at, "threads"), f(*at, "batch"), f(*at, "ours_ms", "median", form="{:.3f}"),
            f(*at, "theirs_ms", "median", form="{:.3f}"), f(*at, "ratio", "median", form="**{:.2f}**"),
            f"{f(*at, 'ratio', 'least', form='{:.2f}')} to {f(*at, 'ratio', 'most', form='{:.2f}')}",
            outcome(point["ratio"]["median"] <= GOALS["nn_ratio"]),
        ])
    rows_table = table(["threads", "batch", "nn, ms", "ONNX Runtime, ms", "ratio", "over the rounds",
                        "goal"], rows)
    return f"""## The network against ONNX Runtime

{measured(f, "nn")}

The shipped model, all of its outputs, the same input, which agree to
{f("nn", "figures", "tolerance", form="{:g}")} of the largest value. The two run in turn,
{f("nn", "figures", "rounds")} rounds; each time is the median of a round's calls, then of the rounds.
A run of `nn` keeps to its thread, as a server's pool wants it; a second thread takes half of the items,
and has none of a batch of one.

{rows_table}"""


def features(f):
    rows = []
    for front_end, name in (("shipped", "the shipped model's"), ("original", "the original's")):
        at = ("features", "figures", front_end)
        for peer, peer_name in (("scipy", "SciPy"), ("torchaudio", "torchaudio")):
            rows.append([
                name, peer_name, f(*at, "recordings"), f(*at, "sound_s", form="{:.0f}"),
                f(*at, "ours_ms", "median", form="{:.1f}"),
                f(*at, "peers", peer, "ms", "median", form="{:.1f}"),
                f(*at, "peers", peer, "ratio", "median", form="**{:.2f} ×**"),
                f"{f(*at, 'peers', peer, 'ratio', 'least', form='{:.2f}')} to "
                f"{f(*at, 'peers', peer, 'ratio', 'most', form='{:.2f}')}",
                f(*at, "peers", peer, "largest_difference_db", form="{:.4f}"),
            ])
    rows_table = table(["front end", "peer", "recordings", "sound, s", "ours, ms", "peer, ms",
                        "ours is faster", "over the rounds", "largest difference, dB"], rows)
    return f"""## Features against SciPy and torchaudio

{measured(f, "features")}

The same samples and parameters, one thread each; first it is checked that the spectrograms agree to
{f("features", "figures", "tolerance_db", form="{:g}")} dB, then they are timed in turn.

{rows_table}"""


def predict(f):
    at = ("predict", "figures")
    rows = [
        [STAGE_NAMES[stage], f(*at, "stage_ms", stage, form="{:,.1f}"),
         mark(100 * f.get(*at, "stage_share", stage), "{:.0f} %")]
        for stage in STAGE_NAMES
    ]
    stages = table(["stage", "ms", "share"], rows)
    return f"""## `heartbeat predict` over a folder

{measured(f, "predict")}

{f(*at, "recordings")} recordings of {f("predict", "data")}, each given {f(*at, "times_given")} times, together
{f(*at, "sound_s", form="{:,.0f}")} s of sound in {f(*at, "wall_s", "median", form="{:.2f}")} s, the start of the
program included: **{f(*at, "times_real_time", "median", form="{:,.0f}")} times real time**
({f(*at, "times_real_time", "least", form="{:,.0f}")} to {f(*at, "times_real_time", "most", form="{:,.0f}")}), with
{f(*at, "peak_rss_mib", form="{:.0f}")} MiB at most. A second of processor time hears
{f(*at, "times_processor_time", "median", form="{:,.0f}")} s. One thread alone reaches
{f(*at, "one_thread_times_real_time", form="{:,.0f}")}; its time for {f(*at, "staged_recordings")} recordings of
{f(*at, "staged_sound_s", form="{:,.0f}")} s goes to:

{stages}"""


def growth(f):
    rows = [[what, mark(value, "{:.2f}"), outcome(value <= GOALS["exponent"])]
            for what, value in exponents(f).items()]
    rows_table = table(["what grows", "exponent", "linear or better"], rows)
    peaks = {
        name: max(point[column] for point in f.get("growth", "figures", key, "points"))
        for name, key, column in (
            ("length", "lengths", "peak_rss_mib"), ("files", "files", "predict_peak_rss_mib"),
            ("batch", "files", "batch_peak_rss_mib"),
            ("connections", "connections", "peak_rss_mib"), ("history", "history", "peak_rss_mib"),
        )
    }
    longest = max(p["length_s"] for p in f.get("growth", "figures", "lengths", "points"))
    files = max(p["files"] for p in f.get("growth", "figures", "files", "points"))
    clients = max(p["connections"] for p in f.get("growth", "figures", "connections", "points"))
    history = max(p["rows"] for p in f.get("growth", "figures", "history", "points"))
    return f"""## How cost grows

{measured(f, "growth")}

The exponent is that of the upper half of the points: one is linear, nought does not grow. Of
connections it is that of p50, of a history that of the time of one request.

{rows_table}

Peak memory: {mark(peaks["length"], "{:.0f}")} MiB for a recording of {mark(longest, "{:,}")} s,
{mark(peaks["files"], "{:.0f}")} MiB for {mark(files, "{:,}")} files, {mark(peaks["batch"], "{:.0f}")} MiB of the server for
as many in one request, {mark(peaks["connections"], "{:.0f}")} MiB for {mark(clients, "{:,}")} connections and
{mark(peaks["history"], "{:.0f}")} MiB on a history of {mark(history, "{:,}")} predictions.

![Length of a recording](benchmarks/length.svg)
![Files](benchmarks/files.svg)
![Connections](benchmarks/connections.svg)
![History](benchmarks/history.svg)

As numbers: [length.csv](benchmarks/length.csv), [files.csv](benchmarks/files.csv),
[connections.csv](benchmarks/connections.csv), [history.csv](benchmarks/history.csv). The length is heard
by one thread of `heartbeat predict`, the program's start included; a long history is many copies of one
real prediction."""


def locust(f):
    at = ("locust", "figures")
    return f"""## The original's load test

{measured(f, "locust")}

`bench/locustfile.py`: {f(*at, "users")} users of Locust, {f(*at, "spawned_per_s")} more each second, for
{f(*at, "seconds")} s, who post real recordings to `/predict` of a server with its history, wait for the answer
and then a second or so. {f(*at, "requests", form="{:,}")} requests, of which {f(*at, "failures")} failed;
{f(*at, "requests_per_s", form="{:.1f}")} a second, p50 {f(*at, "p50_ms", form="{:.0f}")} ms, p99
{f(*at, "p99_ms", form="{:.0f}")} ms, p99.9 {f(*at, "p999_ms", form="{:.0f}")} ms; the server took
{f(*at, "peak_rss_mib", form="{:.0f}")} MiB at most.
[summary.txt](benchmarks/locust/summary.txt), [heartbeat_stats.csv](benchmarks/locust/heartbeat_stats.csv),
[heartbeat_stats_history.csv](benchmarks/locust/heartbeat_stats_history.csv).

![Requests a second](benchmarks/locust/requests.png)
![Response times](benchmarks/locust/response_times.png)"""


def micro(f):
    rows = []
    for name in f.get("micro", "figures", "benchmarks"):
        at = ("micro", "figures", "benchmarks", name)
        rate = f.get(*at, "rate")
        rows.append([
            mark(name), f(*at, "time_ms", form="{:.4g}"),
            "" if rate is None else f"{f(*at, 'rate', 'per_s', form='{:,.1f}')} {rate['of']}/s",
        ])
    rows_table = table(["benchmark", "ms", "rate"], rows)
    return f"""## Parts by themselves

{measured(f, "micro")}

The programs of Google Benchmark in `bench/`: processor time of one iteration, and the time that passed where
the name says `real_time`.

{rows_table}"""


SECTIONS = {
    "load": load, "nn": nn, "features": features, "predict": predict, "growth": growth,
    "locust": locust, "micro": micro,
}


def whole(f):
    parts = [part for part in SECTIONS if f.has(part)]
    absent = [part for part in SECTIONS if not f.has(part)]
    page = ["# Benchmarks\n\nWritten by `script/bench` from what it measured: every number is one of "
            "[its results](benchmarks/results.json), or follows from them, and none is edited."]
    if parts:
        page += [machine(f, parts[0]), "## Goals\n\n" + goals(f)]
    page += [SECTIONS[part](f) for part in parts]
    if absent:
        page.append("Not measured here: " + ", ".join(f"`script/bench {part}`" for part in absent)
                    + ".")
    return "\n\n".join(page) + "\n"
