"""script/sbom over the built program: the form of SPDX 2.3, and whether all is in it.

    python3 sbom_test.py SBOM BUILD
"""

import importlib.machinery
import importlib.util
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import jsonschema

SBOM = ""
BUILD = pathlib.Path()
HERE = pathlib.Path(__file__).resolve().parent

COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: example

Files: *
Copyright: 2020 Somebody
License: {license}

Files: src/odd.c
Copyright: 2021 Somebody else
License: House
 Do what the house does.
 .
 Twice.

Files: debian/*
Copyright: 2022 Packager
License: GPL-3
"""


def module():
    loader = importlib.machinery.SourceFileLoader("sbom", SBOM)
    spec = importlib.util.spec_from_loader("sbom", loader)
    loaded = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    loader.exec_module(loaded)
    return loaded


def run(*arguments):
    return subprocess.run(
        [sys.executable, SBOM, *arguments], capture_output=True, text=True, check=False
    )


class LicensesTest(unittest.TestCase):
    def of(self, license_line):
        licenses = module().Licenses()
        return licenses, licenses.of_copyright(
            COPYRIGHT.format(license=license_line), "example", "/its/copyright"
        )

    def test_debians_names_become_those_of_spdx(self):
        for debian, spdx in {
            "Expat": "MIT",
            "GPL-2+": "GPL-2.0-or-later",
            "LGPL-2.1": "LGPL-2.1-only",
            "GPL-2+ or LGPL-2.1+": "GPL-2.0-or-later OR LGPL-2.1-or-later",
            "Expat, and Zlib": "MIT AND Zlib",
        }.items():
            with self.subTest(debian):
                _, (declared, comment) = self.of(debian)
                self.assertEqual(declared, spdx)
                self.assertIn("others: House.", comment)
                self.assertNotIn("GPL-3", comment)  # of the packaging alone

    def test_what_spdx_has_no_name_for_comes_with_its_text(self):
        licenses, (declared, _) = self.of("House")
        self.assertRegex(declared, r"^LicenseRef-House-[0-9a-f]{8}$")
        text = licenses.extracted[declared]["extractedText"]
        self.assertEqual(text, "Do what the house does.\n\nTwice.")

    def test_what_could_be_read_in_two_ways_stays_as_it_is(self):
        licenses, (declared, _) = self.of("Expat or Zlib and ISC")
        self.assertIn(declared, licenses.extracted)

    def test_prose_is_no_licence_unless_it_says_what_is_known_of_it(self):
        licenses = module().Licenses()
        for source, text, expected in (
            ("glibc", "under the GNU Lesser General Public License", "LGPL-2.1-or-later"),
            ("glibc", "all rights reserved", "NOASSERTION"),
            ("other", "under the GNU Lesser General Public License", "NOASSERTION"),
        ):
            self.assertEqual(licenses.of_copyright(text, source, "/c")[0], expected)


class SbomTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        done = run("--build", str(BUILD))
        assert done.returncode == 0, done.stderr
        cls.text = done.stdout
        cls.bill = json.loads(done.stdout)
        cls.packages = {package["SPDXID"]: package for package in cls.bill["packages"]}
        cls.names = {package["name"]: package for package in cls.bill["packages"]}

    def related(self, kind):
        return [
            (item["spdxElementId"], item["relatedSpdxElement"])
            for item in self.bill["relationships"]
            if item["relationshipType"] == kind
        ]

    def test_it_has_the_form_of_spdx(self):
        schema = json.loads((HERE / "sbom_schema.json").read_text())
        jsonschema.Draft201909Validator.check_schema(schema)
        jsonschema.Draft201909Validator(schema).validate(self.bill)

    def test_every_name_leads_somewhere(self):
        self.assertEqual(len(self.packages), len(self.bill["packages"]))
        for item in self.bill["relationships"]:
            for end in (item["spdxElementId"], item["relatedSpdxElement"]):
                self.assertTrue(end == "SPDXRef-DOCUMENT" or end in self.packages, end)
        told = {info["licenseId"] for info in self.bill["hasExtractedLicensingInfos"]}
        used = set(
            re.findall(
                r"LicenseRef-[A-Za-z0-9.-]+",
                " ".join(package["licenseDeclared"] for package in self.bill["packages"]),
            )
        )
        self.assertEqual(told, used)

    def test_the_same_build_gives_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder, "bill.json")
            self.assertEqual(run("--build", str(BUILD), "--out", str(out)).returncode, 0)
            self.assertEqual(out.read_text(), self.text)

    def test_what_the_program_loads_is_in_it_with_dpkgs_version(self):
        program = BUILD / "bin" / "heartbeat"
        maps = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=True)
        paths = re.findall(r"=> (/\S+)", maps.stdout)
        self.assertGreater(len(paths), 20)
        linked = {other for _, other in self.related("DYNAMIC_LINK")}
        shown = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Package} ${Version}\\n"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        versions = dict(line.split(" ", 1) for line in shown.splitlines())
        for identifier in linked:
            package = self.packages[identifier]
            self.assertEqual(package.get("versionInfo"), versions[package["name"]])
        # Packages are named after what they hold: libsndfile1, libssl3.
        names = " ".join(self.packages[identifier]["name"] for identifier in linked)
        for wanted in ("libsndfile1", "libssl3", "libsqlite3-0", "libdnnl2", "libflac12", "libc6"):
            self.assertIn(wanted, names)

    def test_headers_that_were_compiled_in_are_in_it(self):
        compiled = {self.packages[one]["name"] for one, _ in self.related("BUILD_DEPENDENCY_OF")}
        self.assertLessEqual(
            {"libboost1.81-dev", "nlohmann-json3-dev", "libcli11-dev", "libstdc++-12-dev"}, compiled
        )
        # What only tests and the trainer are made of is not.
        for absent in ("libgtest-dev", "libgmock-dev", "libbenchmark-dev", "libtorch-dev"):
            self.assertNotIn(absent, self.names)

    def test_the_dashboards_packages_are_those_of_its_lock_file(self):
        lock = json.loads((HERE.parent / "web" / "package-lock.json").read_text())["packages"]
        for name in ("react", "uplot", "swagger-ui-dist", "@mantine/core"):
            self.assertEqual(
                self.names[name]["versionInfo"], lock[f"node_modules/{name}"]["version"]
            )
        self.assertNotIn("vite", self.names)
        self.assertNotIn("typescript", self.names)

    def test_no_library_has_a_licence_that_ours_cannot_be_linked_with(self):
        for _, identifier in self.related("DYNAMIC_LINK") + self.related("CONTAINS"):
            package = self.packages[identifier]
            choices = package["licenseDeclared"].strip("()").split(" OR ")
            allowed = [
                choice
                for choice in choices
                if choice != "NOASSERTION"
                and (" WITH " in choice or not re.search(r"(^|AND )A?GPL-", choice))
            ]
            self.assertTrue(allowed, f"{package['name']}: {package['licenseDeclared']}")

    def test_what_is_not_built_is_said(self):
        done = run("--build", str(BUILD), "--program", "heartbeat-nothing")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^sbom: .*heartbeat-nothing is not built; .* builds it\.\n$")
        with tempfile.TemporaryDirectory() as folder:
            done = run("--build", folder)
            self.assertEqual(done.returncode, 1)
            self.assertIn("is no build", done.stderr)


if __name__ == "__main__":
    SBOM, BUILD = sys.argv[1], pathlib.Path(sys.argv[2])
    unittest.main(argv=sys.argv[:1])
