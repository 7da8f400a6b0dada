"""docs/threat-model.md names what stands against a threat: each file is there, and each test in it.

    python3 threat_model_test.py
"""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
# `src/x_test.cpp` NameOfATest, NameOfAnother
REFERENCE = re.compile(r"`((?:src|tests|fuzz|script|docs)/[^`]+)`((?:(?: |, )[A-Z][A-Za-z0-9]{7,}\b)*)")


class ThreatModelTest(unittest.TestCase):
    def setUp(self):
        self.text = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")

    def test_what_it_names_is_there(self):
        references = REFERENCE.findall(self.text)
        tests = 0
        for path, names in references:
            with self.subTest(path):
                self.assertTrue((ROOT / path).exists(), path)
                for name in re.findall(r"\w+", names):
                    tests += 1
                    content = (ROOT / path).read_text(encoding="utf-8")
                    self.assertRegex(content, rf"\bTEST\w*\([^)]*\b{name}\b", path)
        self.assertGreater(len(references), 30)
        self.assertGreater(tests, 20)

    def test_every_row_has_a_threat_an_answer_and_a_letter(self):
        rows = re.findall(r"^\| ([STRIDE](?:, [STRIDE])*) \|(.*)\|$", self.text, flags=re.MULTILINE)
        self.assertGreater(len(rows), 30)
        self.assertEqual(set("STRIDE"), set("".join(letters for letters, _ in rows)) - set(", "))
        for _, rest in rows:
            threat, answer, remains = (cell.strip() for cell in rest.split("|"))
            self.assertTrue(threat and answer, rest)
            self.assertTrue(remains or "**Open**" not in answer, rest)


if __name__ == "__main__":
    unittest.main()
