"""Passages of plain English from the documentation that comes with a Rust toolchain.

The text is pinned by the toolchain's version, and no one's evaluation text.
"""

import hashlib
import html
import re
from pathlib import Path

# Generated pages, the same sentence over and over: processor intrinsics, tables of traits.
SKIPPED = {"arch", "simd", "src", "static.files", "search.desc", "type.impl", "trait.impl"}
# Words of a passage. The end of a longer paragraph makes a passage of its own.
MIN_WORDS = 4
MAX_WORDS = 40

PARAGRAPH = re.compile(r"<(p|li|h[1-3])\b[^>]*>(.*?)</\1>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
SENTENCE = re.compile(r"(?<=[.!?:;])\s+")


def passages(root):
    """Passages of the HTML pages below `root`, each once, in the order of paths; and the digest of
    them all."""
    seen = {}
    for path in sorted(Path(root).rglob("*.html")):
        if SKIPPED.isdisjoint(path.relative_to(root).parts):
            for passage in page(path.read_text(encoding="utf-8")):
                seen.setdefault(passage, None)
    texts = list(seen)
    return texts, hashlib.sha256("\n".join(texts).encode()).hexdigest()


def page(text):
    """The passages of one page: sentences of a paragraph together, up to MAX_WORDS."""
    for match in PARAGRAPH.finditer(text):
        plain = " ".join(html.unescape(TAG.sub("", match.group(2))).split())
        held = []
        for sentence in SENTENCE.split(plain):
            words = sentence.split()
            if held and len(held) + len(words) > MAX_WORDS:
                yield from passage(held)
                held = []
            held += words
        yield from passage(held)


def passage(words):
    """Cuts what no sentence's end has cut, and drops what is too short to mean something."""
    for start in range(0, len(words), MAX_WORDS):
        piece = words[start : start + MAX_WORDS]
        if len(piece) >= MIN_WORDS:
            yield " ".join(piece)
