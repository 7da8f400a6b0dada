"""Reads from the built programs whether the hardening of cmake/HeartbeatRoom.cmake is in them.

    python3 hardening_test.py BUILD COMPILER PROGRAM...

BUILD has compile_commands.json. The checks themselves are held to a program that has none of it.
"""

import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path()
COMPILER = ""
PROGRAMS = []

# What every file of ours is compiled with.
FLAGS = [
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wconversion",
    "-Werror",
    "-fstack-protector-strong",
    "-fstack-clash-protection",
    "-fPIE",
    "-D_FORTIFY_SOURCE=3",
]
ENDBR64 = b"\xf3\x0f\x1e\xfa"


def readelf(option, program):
    return subprocess.run(
        ["readelf", option, "-W", str(program)], capture_output=True, text=True, check=True
    ).stdout


def segments_of(program):
    """(type, offset, address, size in the file, flags such as "R E") of each program header."""
    row = re.compile(
        r"^\s+(\w+)\s+0x(\w+) 0x(\w+) 0x\w+ 0x(\w+) 0x\w+ ([RWE ]{3})", re.MULTILINE
    )
    return [
        (kind, int(offset, 16), int(address, 16), int(size, 16), flags.replace(" ", ""))
        for kind, offset, address, size, flags in row.findall(readelf("-l", program))
    ]


def our_functions(program):
    """(address, name) of each function of ours that other files may call."""
    row = re.compile(r"^\s*\d+: (\w+)\s+[1-9]\d*\s+FUNC\s+(?:GLOBAL|WEAK)\s+\S+\s+\d+ (\S+)$")
    for line in readelf("--syms", program).splitlines():
        match = row.match(line)
        # GCC splits off cold parts, which are jumped to and never called.
        if match and match[2].startswith(("_ZN9heartbeat", "_ZNK9heartbeat")) and "." not in match[2]:
            yield int(match[1], 16), match[2]


def unmarked_functions(program):
    """(functions of ours that an indirect call may not reach under CET, functions in all)."""
    content = pathlib.Path(program).read_bytes()
    code = [segment for segment in segments_of(program) if segment[0] == "LOAD" and "E" in segment[4]]
    unmarked, total = [], 0
    for address, name in set(our_functions(program)):
        for _, offset, start, size, _ in code:
            if start <= address < start + size:
                total += 1
                at = offset + address - start
                if content[at : at + 4] != ENDBR64:
                    unmarked.append(name)
    return unmarked, total


def missing_from(program):
    """What `program` lacks, by name."""
    segments = segments_of(program)
    dynamic = readelf("-d", program)
    symbols = readelf("--dyn-syms", program)
    stack = [flags for kind, *_, flags in segments if kind == "GNU_STACK"]
    checks = {
        "position independence": re.search(r"FLAGS_1\).*\bPIE\b", dynamic),
        "RELRO": any(kind == "GNU_RELRO" for kind, *_ in segments),
        "all symbols bound at the start": re.search(r"\(FLAGS\).*BIND_NOW", dynamic),
        "a stack that cannot be run": stack and "E" not in stack[0],
        "no memory both writable and executable": not any(
            kind == "LOAD" and {"W", "E"} <= set(flags) for kind, *_, flags in segments
        ),
        "code apart from data": not any(
            kind == "LOAD" and offset == 0 and "E" in flags for kind, offset, *_, flags in segments
        ),
        "no relocations in code": "(TEXTREL)" not in dynamic and "TEXTREL" not in dynamic,
        "no library folders of the build": not re.search(r"\((RPATH|RUNPATH)\)", dynamic),
        "stack protector": "__stack_chk_fail" in symbols,
        "FORTIFY": re.search(r"__(mem|str|v?s?n?printf)\w*_chk", symbols),
    }
    return [name for name, is_there in checks.items() if not is_there]


def is_x86_64(program):
    header = pathlib.Path(program).read_bytes()[:20]
    return struct.unpack_from("<H", header, 18)[0] == 62


class HardeningTest(unittest.TestCase):
    def test_the_programs_have_all_of_it(self):
        for program in PROGRAMS:
            with self.subTest(pathlib.Path(program).name):
                self.assertEqual(missing_from(program), [])

    def test_every_function_may_be_called_under_cet(self):
        for program in PROGRAMS:
            if not is_x86_64(program):
                self.skipTest("only x86-64 has ENDBR64; on ARM -mbranch-protection stands in FLAGS")
            with self.subTest(pathlib.Path(program).name):
                unmarked, total = unmarked_functions(program)
                self.assertGreater(total, 500, "the symbols of the program were not found")
                self.assertEqual(unmarked, [])

    def test_every_file_is_compiled_with_the_flags(self):
        commands = json.loads((BUILD / "compile_commands.json").read_text())
        self.assertGreater(len(commands), 100)
        architecture = (
            "-fcf-protection=full" if is_x86_64(PROGRAMS[0]) else "-mbranch-protection=standard"
        )
        for command in commands:
            words = command["command"].split()
            absent = [flag for flag in (*FLAGS, architecture) if flag not in words]
            self.assertEqual(absent, [], command["file"])

    def test_a_program_without_is_found_out(self):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder, "bare.cpp")
            source.write_text(
                "#include <cstring>\n"
                "namespace heartbeat { int Length(const char* t) { char b[9];"
                " std::strcpy(b, t); return b[1]; } }\n"
                "int main(int, char** a) { return heartbeat::Length(*a); }\n"
            )
            bare = pathlib.Path(folder, "bare")
            subprocess.run(
                [COMPILER, "-O1", "-fno-stack-protector", "-fno-pie", "-no-pie", "-U_FORTIFY_SOURCE"]
                + ["-fcf-protection=none"] * is_x86_64(PROGRAMS[0])
                + ["-Wl,-z,norelro,-z,lazy,-z,execstack,-z,noseparate-code,-rpath,/nowhere", "-o"]
                + [str(bare), str(source)],
                check=True,
                capture_output=True,
            )
            found = missing_from(bare)
            for name in (
                "position independence",
                "RELRO",
                "all symbols bound at the start",
                "a stack that cannot be run",
                "code apart from data",
                "no library folders of the build",
                "stack protector",
                "FORTIFY",
            ):
                self.assertIn(name, found)
            if is_x86_64(bare):
                unmarked, total = unmarked_functions(bare)
                self.assertEqual((len(unmarked), total), (1, 1))


if __name__ == "__main__":
    BUILD, COMPILER = pathlib.Path(sys.argv[1]), sys.argv[2]
    PROGRAMS = sys.argv[3:]
    unittest.main(argv=sys.argv[:1])
