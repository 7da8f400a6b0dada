#!/usr/bin/python3
"""Measures, and writes docs/benchmarks.md; script/bench builds and starts it.

Every part leaves build/bench/<part>.json, and takes its section of the page; the others stay as they
are, each with its own date.
"""

import argparse
import datetime
import importlib
import json
import pathlib
import sys

from suite import figures, machine, page, settings
from suite.measure import Meanwhile

PARTS = ("load", "nn", "features", "predict", "growth", "locust", "micro")


def measure(name, chosen):
    def say(text):
        print(f"bench: {name}: {text}", file=sys.stderr, flush=True)

    part = importlib.import_module(f"suite.part_{name}")
    head = {
        "part": name,
        "scale": chosen.scale,
        "data": "tests/data" if chosen.data == settings.ROOT / "tests/data" else "a folder of --data",
        "began": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M"),
        "commit": machine.commit(),
        "machine": machine.describe(),
    }
    meanwhile = Meanwhile()
    measured = part.run(chosen, say)
    result = dict(head, meanwhile=meanwhile.figures(), figures=measured)
    (settings.RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    say(f"took {result['meanwhile']['took_s']:.0f} s")
    return result


def main():
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__.split("\n")[0])
    scale = parser.add_mutually_exclusive_group()
    scale.add_argument("--quick", action="store_true", help="everything, in under ten minutes")
    scale.add_argument("--full", action="store_true", help="with a history of ten million")
    parser.add_argument("--data", type=pathlib.Path, help="a folder of recordings (tests/data)")
    parser.add_argument("--page-only", action="store_true",
                        help="write the page anew from docs/benchmarks, and measure nothing")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} (all)")
    arguments = parser.parse_args()
    for name in arguments.parts:
        if name not in PARTS:
            parser.error(f"there is no part '{name}'; there are {', '.join(PARTS)}.")
    chosen = settings.Settings(
        scale="quick" if arguments.quick else "full" if arguments.full else "normal"
    )
    if arguments.data:
        if not arguments.data.is_dir():
            parser.error(f"{arguments.data} is no folder.")
        chosen = settings.Settings(scale=chosen.scale, data=arguments.data.resolve())
    settings.RESULTS.mkdir(parents=True, exist_ok=True)
    docs = settings.ROOT / "docs"
    results = page.kept(docs)
    failed = False
    for name in [] if arguments.page_only else arguments.parts or PARTS:
        results.pop(name, None)  # a part that fails leaves no older figures
        try:
            results[name] = measure(name, chosen)
            if name == "locust":
                page.copy_locust(settings.RESULTS, docs)
        except Exception as failure:  # the other parts are worth having
            print(f"bench: {name} failed: {failure}", file=sys.stderr)
            failed = True
    try:
        page.write(results, docs)
    except (figures.MissingFigure, figures.HandWritten) as failure:
        print(f"bench: the page was not written: {failure}", file=sys.stderr)
        failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
