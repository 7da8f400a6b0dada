"""What every page that heartbeat writes must keep: read with Python's own XML parser."""

import decimal
import re
import xml.etree.ElementTree as ElementTree

SVG = "{http://www.w3.org/2000/svg}"


def text_of(element):
    return "".join(element.itertext()).strip()


def resolve(document, pointer):
    """RFC 6901."""
    for part in pointer.split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        document = document[int(part) if isinstance(document, list) else part]
    return document


def rounded(value, like):
    """`value` with as many decimals as the text `like`; a tie may go either way."""
    digits = len(like.partition(".")[2])
    step = decimal.Decimal(1).scaleb(-digits)
    exact = decimal.Decimal(value)
    ways = {
        format(exact.quantize(step, rounding=way), "f")
        for way in (decimal.ROUND_HALF_UP, decimal.ROUND_HALF_DOWN)
    }
    return {re.sub(r"^-(0(\.0*)?)$", r"\1", way) for way in ways}


class Page:
    """Checks `text` against the JSON `document` beside it, with the assertions of `test`."""

    def __init__(self, test, text, document):
        self.test = test
        self.text = text
        self.document = document
        test.assertTrue(text.startswith("<!DOCTYPE html>"))
        self.root = ElementTree.fromstring(text.removeprefix("<!DOCTYPE html>"))

    def check(self):
        self.check_stands_alone()
        self.check_numbers()
        self.check_access()

    def check_stands_alone(self):
        names = {element.tag.removeprefix(SVG) for element in self.root.iter()}
        self.test.assertFalse(names & {"script", "link", "iframe", "object", "embed", "base"})
        for element in self.root.iter():
            for name, value in element.attrib.items():
                self.test.assertFalse(name.startswith("on"), name)
                if name in ("src", "href") or name.endswith("}href"):
                    self.test.assertRegex(value, r"^(#|data:)")
        self.test.assertNotIn("url(", self.text)
        self.test.assertNotIn("@import", self.text)

    def check_numbers(self):
        found = [element for element in self.root.iter() if "data-json" in element.attrib]
        self.test.assertGreater(len(found), 20)
        for element in found:
            pointer = element.attrib["data-json"]
            value = resolve(self.document, pointer)
            shown = text_of(element)
            if value is None:
                self.test.assertEqual(shown, "–", pointer)
            else:
                self.test.assertIn(shown, rounded(value, shown), pointer)
        for cell in self.root.iter("td"):
            if "n" in cell.attrib.get("class", "").split():
                self.test.assertIn("data-json", cell.attrib)

    def check_access(self):
        self.test.assertEqual(self.root.attrib["lang"], "en")
        self.test.assertTrue(text_of(self.root.find("head/title")))
        self.test.assertEqual(len(list(self.root.iter("h1"))), 1)
        for table in self.root.iter("table"):
            self.test.assertTrue(text_of(table.find("caption")))
            headers = list(table.iter("th"))
            self.test.assertTrue(headers)
            for header in headers:
                self.test.assertIn(header.attrib["scope"], ("col", "row"))
            widths = {
                sum(int(cell.attrib.get("colspan", 1)) for cell in row) for row in table.iter("tr")
            }
            self.test.assertEqual(len(widths), 1, "rows of different lengths")
        charts = list(self.root.iter(SVG + "svg"))
        self.test.assertTrue(charts)
        for chart in charts:
            self.test.assertEqual(chart.attrib["role"], "img")
            self.test.assertTrue(chart.attrib["aria-label"])
            self.test.assertNotIn("nan", ElementTree.tostring(chart, encoding="unicode").split())
        for picture in self.root.iter("img"):
            self.test.assertTrue(picture.attrib["alt"])
        ids = [e.attrib["id"] for e in self.root.iter() if "id" in e.attrib]
        self.test.assertEqual(len(ids), len(set(ids)))
        for link in self.root.iter("a"):
            self.test.assertIn(link.attrib["href"].removeprefix("#"), ids)
