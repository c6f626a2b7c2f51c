"""What is wrong with a built site: `from sitechecks import brokenLinks, loaded`; lists, empty where all is well."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADING = dict.fromkeys(("script", "img", "source", "iframe", "video", "audio", "embed"), "src")
LINKED = {"stylesheet", "icon", "preload", "prefetch", "modulepreload", "preconnect", "dns-prefetch", "manifest"}
FOREIGN = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
URL = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)", re.IGNORECASE)


class Page(HTMLParser):
    """The links of a page, what it loads, and the anchors that it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()
        self._inStyle = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in LOADING and LOADING[tag] in given:
            self.loads.append(given[LOADING[tag]])
        if tag == "link" and LINKED & set(given.get("rel", "").split()):
            self.loads.append(given.get("href", ""))
        self.loads += [part.split()[0] for part in given.get("srcset", "").split(",") if part.strip()]
        self.loads += _urls(given.get("style", ""))
        self._inStyle = tag == "style"

    def handle_endtag(self, tag):
        self._inStyle = self._inStyle and tag != "style"

    def handle_data(self, data):
        if self._inStyle:
            self.loads += _urls(data)


def _urls(style):
    return [one or other for one, other in URL.findall(style)]


def pagesOf(site: Path) -> dict[Path, Page]:
    return {path: Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}


def loaded(site: Path) -> list[str]:
    """What pages or style sheets load from a network, or from a file that is not there."""
    found = []
    for path, page in pagesOf(site).items():
        found += [f"{path.relative_to(site)} loads {one}" for one in page.loads if not _isAtHand(path, one)]
    for path in sorted(site.rglob("*.css")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
        found += [f"{path.relative_to(site)} loads {one}" for one in _urls(text) if not _isAtHand(path, one)]
    return found


def _isAtHand(path, address):
    if address.startswith(("data:", "#")):
        return True
    return not FOREIGN.match(address) and (path.parent / unquote(urlsplit(address).path)).is_file()


def brokenLinks(site: Path) -> list[str]:
    """Links inside the site whose page or anchor is not there."""
    pages, found = pagesOf(site), []
    anchorsOf = {path.resolve(): page.anchors for path, page in pages.items()}
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
            anchors = anchorsOf.get(target)
            if anchors is None and not target.is_file():
                found.append(f"{path.relative_to(site)} links to {link}, which is not there")
            elif anchors is not None and parts.fragment and unquote(parts.fragment) not in anchors | {"top"}:
                found.append(f"{path.relative_to(site)} links to {link}, whose anchor is not there")
    return found
