"""Numbers that know where they come from.

A page is written with marked numbers: each is looked up in a result, or is a goal, and only `unmarked`
takes the marks off. A digit that stands outside of them was written by hand, and is refused.
"""

import re

_OPEN, _CLOSE = "\ue000", "\ue001"
_MARKED = re.compile(f"{_OPEN}[^{_CLOSE}]*{_CLOSE}")
# What has a digit in it and is a name.
_NAMES = re.compile(r"\b(p50|p99|p99\.9|SHA-256|HTTP/1\.1)(?![\d.])")

# Of issue "Fast, and hard to break"; each is to be reached, or told to be missed.
GOALS = {
    "nn_ratio": 1.0,  # of ONNX Runtime's time, at most
    "features_ratio": 2.0,  # times as fast as the fastest peer, at least
    "no_store_ratio": 30.0,  # times the stand-in's requests per second
    "durable_ratio": 20.0,
    "p99_ratio": 20.0,  # times as low, at the load where the stand-in saturates
    "memory_share": 1 / 3,  # of the stand-in's, at most
    "times_real_time": 3000.0,  # of `heartbeat predict` on a folder
    "exponent": 1.1,  # of what grows linearly or better, with room for the clock
}


class MissingFigure(Exception):
    """A number that no result has."""


class HandWritten(Exception):
    """A number without a source."""


def mark(number, form="{}"):
    return _OPEN + form.format(number) + _CLOSE


class Figures:
    """What the parts measured: {part: its result}."""

    def __init__(self, results):
        self._results = results

    def has(self, part):
        return part in self._results

    def get(self, *path):
        """The number at `path`: part, then keys within its result."""
        value = self._results
        for key in path:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                name = ".".join(map(str, path))
                raise MissingFigure(
                    f"there is no figure {name}: run `script/bench {path[0]}` again."
                ) from None
        return value

    def __call__(self, *path, form="{}"):
        value = self.get(*path)
        if not isinstance(value, (int, float, str)):
            raise MissingFigure(f"{'.'.join(map(str, path))} is not a single figure.")
        return mark(value, form)


def unmarked(page):
    """The page as it is read. Raises HandWritten, naming the line, where a digit has no source."""
    for number, line in enumerate(page.split("\n"), start=1):
        rest = _NAMES.sub("", _MARKED.sub("", line))
        if re.search(r"\d", rest):
            raise HandWritten(f"line {number} of the page has a number without a source: {rest!r}")
    return page.replace(_OPEN, "").replace(_CLOSE, "")
