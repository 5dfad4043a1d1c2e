"""A page as a parser sees it."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "wbr", "path", "input", "img", "use", "circle", "rect"}


class Page(HTMLParser):
    """Every element with its attributes, the texts of cells, and whether the elements are nested properly."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.cells: list[list[str]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.cells.append([])
        if tag in ("td", "th"):
            self.cells[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self.open or "th" in self.open:
            self.cells[-1][-1] += data
        if "script" not in self.open and "style" not in self.open:
            self.text += data

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]

    @property
    def inert(self) -> bool:
        """Whether there is one script, and no element or attribute that could load, send or run anything."""
        names = {name for _, attributes in self.elements for name in attributes}
        links = [str(attributes["href"]) for _, attributes in self.elements if "href" in attributes]
        images = [str(attributes["src"]) for _, attributes in self.elements if "src" in attributes]
        forbidden = {"iframe", "object", "embed", "link", "base", "form", "b", "image", "text", "foreignobject"}
        return (
            self.tags.count("script") == 1
            and not forbidden & set(self.tags)
            and not any(name.startswith("on") or name in ("style", "srcdoc", "action", "formaction") for name in names)
            and all(link.startswith("#") for link in links)
            and all(image.startswith(("data:image/png;base64,", "data:image/svg+xml;base64,")) for image in images)
        )


HOSTILE = [
    "<script>window.hacked = 1; alert(1)</script>",
    '"><img src=x onerror="window.hacked = 1">',
    "' onmouseover='window.hacked = 1",
    "</td></table></script></style></title>",
    "</text></svg><svg onload='window.hacked = 1'>",
    "<!-- --><![CDATA[ <b>",
    "javascript:window.hacked=1",
    "&lt;b&gt; &amp; &#x27;",
    "'\"`${window.hacked = 1}`",
    "\x00\u202egnp.exe\u2066\ufeff\x1b[31m",
    "<style>@import 'http://example.org/x.css'</style>",
    "\ud800 half",
    "مرحبا",
]
