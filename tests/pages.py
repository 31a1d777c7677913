"""What tests ask of the HTML page: its elements, what there is to read, and whether it can be read."""

import re
from html.parser import HTMLParser

from reviewer.emitters import html

# Elements that come and go with the text: lines and colours of code, and what differs. They carry nothing of it.
MARKS = {"line", "end", "added", "deleted", "hunk", "same"} | {
    *("comment", "string", "decorator", "definition", "number", "constant", "keyword")
}


def page(report, *, show_all=False):
    return html.emit(report, color=False, width=80, verbose=False, show_all=show_all)


class Parsed(HTMLParser):
    """Elements in order, with their attributes, and the text between them."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.styles = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, text):
        inside = self.elements[-1][0] if self.elements else ""
        (self.styles if inside == "style" and not self.styles else self.texts).append(text)

    def handle_comment(self, text):
        raise AssertionError(f"a comment: {text}")

    def handle_pi(self, text):
        raise AssertionError(f"an instruction: {text}")

    @property
    def text(self):
        return "".join(self.texts)

    def all(self, attribute):
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]

    def skeleton(self):
        """As the function of this name."""
        return skeleton(self.elements)


def skeleton(elements):
    """The elements with all their attributes, without those that follow the text; links by their start."""
    found = []
    for tag, attributes in elements:
        if tag == "mark" and not attributes:
            continue
        if tag == "span" and attributes.get("class") in MARKS and set(attributes) <= {"class", "data-line"}:
            assert re.fullmatch(r"\d+|>>>|\.\.\.", attributes.get("data-line", "1"))
            continue
        found.append((tag, {name: re.sub(r"(?<=at-)[0-9A-Za-z]*$", "", value) for name, value in attributes.items()}))
    return found


def luminance(color):
    """Of `#rrggbb`, `rgb(r, g, b)` or a pixel: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    if isinstance(color, str):
        hexadecimal = color.startswith("#")
        color = (
            [int(color[at : at + 2], 16) for at in (1, 3, 5)] if hexadecimal else map(int, re.findall(r"\d+", color))
        )
    parts = (value / 255 for value in color)
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """From 1 to 21; WCAG AA wants 4.5 of text."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
