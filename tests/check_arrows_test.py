"""Plants each kind of violation in a small tree and expects script/check-arrows to name it.

    python3 check_arrows_test.py CHECK_ARROWS
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK_ARROWS = None

# A tree that keeps to the arrows; each test changes one thing.
CLEAN = {
    "src/base/CMakeLists.txt": "heartbeat_room(\n  base\n  SOURCES error.cpp\n  PRIVATE x::x)\n",
    "src/base/error.h": "#include <string>\n",
    "src/base/error.cpp": '#include "base/error.h"\n#include <spdlog/spdlog.h>\n',
    "src/audio/CMakeLists.txt": "heartbeat_room(\n  audio\n  SOURCES decode.cpp\n  DEPENDS base)\n",
    "src/audio/decode.h": '#include "base/error.h"\n',
    "src/audio/decode.cpp": '#include "audio/decode.h"\n#include <sndfile.h>\n',
    # features reaches base through audio, whose headers carry it.
    "src/features/CMakeLists.txt": "heartbeat_room(features SOURCES mel.cpp DEPENDS audio)\n",
    "src/features/mel.cpp": '#include "audio/decode.h"\n#include "base/error.h"\n',
    "src/server/CMakeLists.txt": "heartbeat_room(server SOURCES server.cpp)\n",
    "src/server/server.cpp": "#include <boost/beast.hpp>\n",
    "bench/decode_bench.cpp": '#include "audio/decode.h"\n#include <benchmark/benchmark.h>\n',
}


class CheckArrowsTest(unittest.TestCase):
    def check(self, changes):
        """The exit status and lines of check-arrows over CLEAN with `changes`."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (CLEAN | changes).items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            done = subprocess.run(
                [sys.executable, CHECK_ARROWS, "--root", folder],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        return done.returncode, done.stdout.splitlines(), done.stderr

    def expect_violation(self, changes, where, what):
        status, lines, errors = self.check(changes)
        self.assertEqual(status, 1, (lines, errors))
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith(where + ": "), lines[0])
        self.assertIn(what, lines[0])

    def test_clean_tree_passes(self):
        status, lines, errors = self.check({})
        self.assertEqual((status, errors), (0, ""), lines)
        self.assertEqual(lines, ["7 files keep to the arrows."])

    def test_include_against_an_arrow(self):
        self.expect_violation(
            {"src/base/error.cpp": '#include <string>\n  #  include "audio/decode.h"\n'},
            "src/base/error.cpp:2",
            "the arrows of base do not lead to audio",
        )

    def test_include_of_a_room_beside(self):
        self.expect_violation(
            {"src/nn/session.cpp": '#include "audio/decode.h"\n'},
            "src/nn/session.cpp:1",
            "the arrows of nn do not lead to audio, but to base",
        )

    def test_include_in_a_test_against_an_arrow(self):
        self.expect_violation(
            {"src/audio/decode_test.cpp": '#include "features/mel.h"\n'},
            "src/audio/decode_test.cpp:1",
            "do not lead to features",
        )

    def test_relative_includes(self):
        for target in ("error.h", "./error.h", "../base/error.h", "base/../audio/decode.h"):
            self.expect_violation(
                {"src/base/error.cpp": f'#include "{target}"\n'},
                "src/base/error.cpp:1",
                "is relative",
            )

    def test_unknown_room_in_an_include(self):
        self.expect_violation(
            {"src/base/error.cpp": '#include "basement/error.h"\n'},
            "src/base/error.cpp:1",
            "no room 'basement'",
        )

    def test_unknown_room_beside_the_rooms(self):
        self.expect_violation(
            {"fuzz/decode_fuzz.cpp": '#include "hearing/decode.h"\n'},
            "fuzz/decode_fuzz.cpp:1",
            "no room 'hearing'",
        )

    def test_folder_that_is_no_room(self):
        self.expect_violation(
            {"src/util/strings.h": "#include <string>\n"}, "src/util:1", "knows no room 'util'"
        )

    def test_room_header_in_angle_brackets(self):
        self.expect_violation(
            {"src/base/error.cpp": "#include <audio/decode.h>\n"},
            "src/base/error.cpp:1",
            "is a room's header",
        )

    def test_computed_include(self):
        self.expect_violation(
            {"src/base/error.cpp": "#include HEADER\n"}, "src/base/error.cpp:1", "name the file"
        )

    def test_libraries_outside_their_room(self):
        for target, owner in (
            ("torch/torch.h", "training"),
            ("ATen/ATen.h", "training"),
            ("boost/asio.hpp", "server"),
            ("sndfile.h", "audio"),
            ("soxr.h", "audio"),
            ("dnnl.hpp", "features and nn"),
            ("oneapi/dnnl/dnnl.hpp", "features and nn"),
            ("onnx/onnx_pb.h", "nn"),
            ("google/protobuf/message.h", "nn"),
        ):
            self.expect_violation(
                {"src/evaluation/scoring.cpp": f"#include <{target}>\n"},
                "src/evaluation/scoring.cpp:1",
                f"belongs to {owner}, not to evaluation",
            )

    def test_depends_against_an_arrow(self):
        self.expect_violation(
            {"src/base/CMakeLists.txt": "\nheartbeat_room(base SOURCES error.cpp DEPENDS audio)\n"},
            "src/base/CMakeLists.txt:2",
            "DEPENDS audio: no arrow leads there from base",
        )

    def test_include_that_depends_does_not_name(self):
        self.expect_violation(
            {"src/features/CMakeLists.txt": "heartbeat_room(features SOURCES mel.cpp DEPENDS base)\n"},
            "src/features/mel.cpp:1",
            "features includes audio, which its DEPENDS in CMake do not name",
        )

    def test_depends_in_a_comment_does_not_count(self):
        self.expect_violation(
            {"src/nn/CMakeLists.txt": "heartbeat_room(nn # DEPENDS base\n)\n",
             "src/nn/session.cpp": '#include "base/error.h"\n'},
            "src/nn/session.cpp:1",
            "nn includes base",
        )

    def test_room_linked_past_depends(self):
        self.expect_violation(
            {
                "src/audio/CMakeLists.txt": "heartbeat_room(audio SOURCES decode.cpp DEPENDS base\n"
                "  PRIVATE heartbeat::nn)\n"
            },
            "src/audio/CMakeLists.txt:1",
            "heartbeat::nn is a room",
        )

    def test_room_made_in_another_folder(self):
        self.expect_violation(
            {"src/server/CMakeLists.txt": "heartbeat_room(store SOURCES server.cpp)\n"},
            "src/server/CMakeLists.txt:1",
            "heartbeat_room(store) stands in the folder of server",
        )

    def test_every_violation_is_listed(self):
        status, lines, errors = self.check(
            {"src/base/error.cpp": '#include "audio/decode.h"\n#include <torch/torch.h>\n'}
        )
        self.assertEqual(status, 1)
        self.assertEqual(len(lines), 2, lines)
        self.assertIn("2 against the arrows", errors)

    def test_folder_without_code_fails(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "src").mkdir()
            done = subprocess.run(
                [sys.executable, CHECK_ARROWS, "--root", folder],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        self.assertEqual(done.returncode, 1)
        self.assertIn("no code here", done.stdout)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    CHECK_ARROWS = sys.argv.pop(1)
    unittest.main()
