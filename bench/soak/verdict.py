"""What a soak's samples say: whether memory, descriptors and threads stay as they are.

A sample is taken every few seconds while a server answers at a steady rate, and is a dict of the
columns of COLUMNS.
"""

import math
import statistics

COLUMNS = (
    "seconds",  # since the load began
    "rss_kib",  # resident memory, with mapped files
    "anonymous_kib",  # the part of it that is no file's: what leaks
    "descriptors",
    "threads",
    "requests",  # answered since the last sample
    "failures",  # of them, not 200
    "median_ms",  # from when a request was due to the last byte of its answer
    "p99_ms",
    "max_ms",
)


def slope(xs, ys):
    """The median slope through all pairs of points (Theil 1950, Sen 1968): one odd sample among
    many does not change it. 0 for fewer than two points. For some hundred samples at most."""
    slopes = [
        (ys[j] - ys[i]) / (xs[j] - xs[i])
        for i in range(len(xs))
        for j in range(i + 1, len(xs))
        if xs[j] != xs[i]
    ]
    return statistics.median(slopes) if slopes else 0.0


def growth_over(samples, column):
    """How much `column` grows over the time of `samples`, by its slope."""
    if not samples:
        return 0.0
    seconds = [sample["seconds"] for sample in samples]
    return slope(seconds, [sample[column] for sample in samples]) * (seconds[-1] - seconds[0])


def judge(samples, baseline, drained, growth_mib):
    """Sentences about what is not flat; none where all is.

    `baseline` and `drained`: {"descriptors", "threads"} before the load, warm, and after all its
    connections were closed. `growth_mib`: how much memory may grow over the last half.
    """
    wrong = []
    if len(samples) < 4:
        return ["fewer than four samples were taken: too few to say anything."]
    half = samples[len(samples) // 2 :]
    grown = growth_over(half, "anonymous_kib") / 1024
    if grown > growth_mib:
        wrong.append(
            f"memory grew by {grown:.1f} MiB over the last half, more than {growth_mib:g} MiB."
        )
    # Connections and files of uploads come and go; what stays open after them is lost.
    for column in ("descriptors", "threads"):
        if drained[column] > baseline[column] + 1:
            wrong.append(
                f"{drained[column]} {column} are left after the load, {baseline[column]} were there "
                "before it."
            )
        grown = growth_over(half, column)
        if grown >= 2:
            wrong.append(f"{column} grew by {grown:.0f} over the last half.")
    failures = sum(sample["failures"] for sample in samples)
    answered = sum(sample["requests"] for sample in samples)
    if failures:
        wrong.append(f"{failures} of {answered} requests failed.")
    if answered == 0:
        wrong.append("nothing was answered.")
    return wrong


def as_csv(samples):
    lines = [",".join(COLUMNS)]
    for sample in samples:
        lines.append(",".join(format(sample[name], ".6g") for name in COLUMNS))
    return "\n".join(lines) + "\n"


# --- The plot ---

WIDTH, PANEL, LEFT, GAP = 860, 150, 70, 34
PANELS = (
    ("memory, MiB", (("rss_kib", "resident", 1024), ("anonymous_kib", "anonymous", 1024))),
    ("open", (("descriptors", "descriptors", 1), ("threads", "threads", 1))),
    ("latency, ms", (("median_ms", "median", 1), ("p99_ms", "99 %", 1))),
    ("requests a sample", (("requests", "answered", 1), ("failures", "failed", 1))),
)
COLOURS = ("#1f6feb", "#d1242f")


def _round_up(value):
    """The next of 1, 2, 5 times a power of ten, so that an axis ends at a plain number."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)


def as_svg(samples, title):
    height = GAP + len(PANELS) * (PANEL + GAP) + 10
    last = max(samples[-1]["seconds"], 1) if samples else 1
    plot_width = WIDTH - LEFT - 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-size="14">{title}</text>',
    ]
    for index, (name, series) in enumerate(PANELS):
        top = GAP + index * (PANEL + GAP)
        bottom = top + PANEL
        highest = max((s[c] / unit for s in samples for c, _, unit in series), default=0)
        limit = _round_up(max(highest, 1))
        parts.append(
            f'<path d="M{LEFT} {top}V{bottom}H{WIDTH - 20}" fill="none" stroke="#57606a"/>'
            f'<text x="{LEFT - 6}" y="{top + 10}" text-anchor="end">{limit:g}</text>'
            f'<text x="{LEFT - 6}" y="{bottom}" text-anchor="end">0</text>'
            f'<text x="16" y="{(top + bottom) // 2}" text-anchor="middle" '
            f'transform="rotate(-90 16 {(top + bottom) // 2})">{name}</text>'
        )
        for number, (column, label, unit) in enumerate(series):
            points = " ".join(
                f"{LEFT + plot_width * s['seconds'] / last:.1f},"
                f"{bottom - PANEL * s[column] / unit / limit:.1f}"
                for s in samples
            )
            colour = COLOURS[number]
            parts.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
                f'<text x="{WIDTH - 24 - 90 * number}" y="{top + 12}" text-anchor="end" '
                f'fill="{colour}">{label}</text>'
            )
        parts.append(
            f'<text x="{WIDTH - 20}" y="{bottom + 14}" text-anchor="end">{last / 60:.1f} min</text>'
        )
    return "\n".join(parts) + "\n</svg>\n"
