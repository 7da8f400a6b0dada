#!/usr/bin/env python3
"""The examples of README.md and docs/api.md, taken from the pages and run against a live server.

usage: test_documentation.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.
"""

import contextlib
import io
import re
import shlex
import subprocess

import requests

import harness
from harness import PATIENCE_S, Server, ServerTest

ADDRESS = "http://127.0.0.1:8000"


def blocks(page, language):
    """The code blocks of a page: (number of its line, text)."""
    text = (harness.SOURCE / page).read_text()
    return [(text.count("\n", 0, found.start()) + 2, found.group(1))
            for found in re.finditer(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)]


class DocumentationTest(ServerTest):
    def run_python(self, page, server):
        """All of a page's Python in one namespace, as a reader would go through it; with every answer
        held to the contract. Gives what it printed."""
        session = requests.Session()
        self.addCleanup(session.close)
        session.hooks["response"].append(server.contract.check_response)
        names = {"requests": session}
        printed = io.StringIO()
        ran = 0
        for line, code in blocks(page, "python"):
            with self.subTest(f"{page}:{line}"), contextlib.redirect_stdout(printed), \
                    contextlib.chdir(harness.SOURCE):
                code = code.replace(ADDRESS, server.url).replace("import requests\n", "")
                # Empty lines, so that a failure names the line of the page.
                exec(compile("\n" * (line - 1) + code, page, "exec"), names)
                ran += 1
        return ran, printed.getvalue()

    def run_curl(self, page, server):
        ran = []
        for line, code in blocks(page, "sh"):
            for command in code.splitlines():
                if not command.startswith("curl "):
                    continue
                with self.subTest(f"{page}:{line}: {command}"):
                    if "/predictions/ID" in command:
                        command = command.replace("/ID", "/" + server.newest())
                    arguments = shlex.split(command.replace(ADDRESS, server.url))
                    # A stream has no end: what it begins with will do.
                    is_stream = "-N" in arguments
                    arguments += ["--max-time", "2"] if is_stream else []
                    done = subprocess.run(
                        [*arguments, "--silent", "--show-error", "--fail"], cwd=harness.SOURCE,
                        capture_output=True, text=True, timeout=PATIENCE_S, check=False)
                    timed_out = 28  # of curl
                    self.assertEqual(done.returncode, timed_out if is_stream else 0, done.stderr)
                    self.assertGreater(len(done.stdout), 10)
                    ran.append(command)
        return ran

    def test_readme(self):
        with Server() as server:
            ran, printed = self.run_python("README.md", server)
            self.assertGreaterEqual(ran, 1)
            self.assertRegex(printed, r"^(normal|abnormal) 0\.\d+\n")
            self.assertRegex(printed, r" 0\.0-5\.0 s  0\.\d{3}\n")
            self.assertGreaterEqual(len(self.run_curl("README.md", server)), 1)

    def test_api(self):
        with Server() as server:
            ran, printed = self.run_python("docs/api.md", server)
            self.assertGreaterEqual(ran, 15)
            self.assertRegex(printed, r"(?m)^abnormal 0\.\d+$")
            self.assertRegex(printed, r"(?m)^README\.md This is not a sound file")
            self.assertRegex(printed, r"(?m)^415 /problems/unsupported-format This is not a sound")
            self.assertRegex(printed, r"(?m)^normal Dr\. A$")
            self.assertRegex(printed, r"(?m)^loudest near \d+\.\d+ Hz$")
            self.assertRegex(printed, r"(?m)^event: load\ndata: {")
            commands = self.run_curl("docs/api.md", server)
            text = (harness.SOURCE / "docs" / "api.md").read_text()
            for path in server.contract.document["paths"]:
                with self.subTest(path):
                    shown = path.split("/{")[0]
                    self.assertIn(shown, text)
                    # Files of pages; and what is refused where the recordings are too few, or where
                    # there are no keys.
                    if shown not in ("/docs", "/assets", "/retrain", "/retrain/stop", "/login",
                                     "/logout"):
                        self.assertTrue(any(command.endswith(ADDRESS + shown)
                                            for command in commands), f"no curl of {path}")

    def test_the_table_of_errors_has_every_type(self):
        text = (harness.SOURCE / "docs" / "api.md").read_text()
        rows = dict(re.findall(r"\| (\d{3}) \| (.*) \|$", text, re.M))
        self.assertGreater(len(rows), 8)
        listed = {(int(status), kind)
                  for status, kinds in re.findall(r"\| (\d{3}) \| (`/problems/.*) \|$", text, re.M)
                  for kind in re.findall(r"`(/problems/[a-z-]+)`", kinds)}
        with Server() as server:
            problems = server.contract.document["components"]["responses"].values()
            described = {
                (problem["content"]["application/problem+json"]["example"]["status"],
                 problem["content"]["application/problem+json"]["example"]["type"])
                for problem in problems
            }
        self.assertEqual(described - listed, set())

    def test_options_that_the_page_names_exist(self):
        text = (harness.SOURCE / "docs" / "api.md").read_text()
        shown = subprocess.run([harness.PROGRAM, "serve", "--help"], capture_output=True,
                               text=True, timeout=PATIENCE_S, check=True).stdout
        options = set(re.findall(r"`(--[a-z-]+)`", text))
        self.assertGreater(len(options), 4)
        for option in options:
            self.assertIn(option, shown)


if __name__ == "__main__":
    harness.main(__doc__, minimum_checks=12)
