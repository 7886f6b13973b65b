"""What the table is judged by: pairs of a short text and the longer one it belongs to.

None of this text is seen by the distillation.
"""

import gzip
import re
from pathlib import Path

# Words of a body that are read; what a search result's entry would hold.
BODY_WORDS = 200
# Headings that say where one is in any document of the kind, and not what it is about.
MIN_QUERY_WORDS = 2


def sections(folder):
    """Headings of markdown files and the sections below them; headings that stand in more than one
    file say nothing of their own and are left out."""
    found = {}
    for path in sorted(Path(folder).glob("*.md")):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"```.*?```|^\[[^\]]*\]: .*?$", " ", text, flags=re.DOTALL | re.MULTILINE)
        pieces = re.split(r"^#{1,6} +(.*)$", text, flags=re.MULTILINE)
        for heading, body in zip(pieces[1::2], pieces[2::2]):
            words = body.split()[:BODY_WORDS]
            query = re.sub(r"[#`*_\[\]]|\(.*?\)", " ", heading)
            if len(query.split()) >= MIN_QUERY_WORDS and len(words) >= 20:
                found.setdefault(" ".join(query.split()).lower(), []).append(" ".join(words))
    return [(query, bodies[0]) for query, bodies in found.items() if len(bodies) == 1]


def manuals(folder):
    """What a manual page says of itself in a line, and its description."""
    found = []
    for path in sorted(Path(folder).glob("*.gz")):
        if path.name.startswith("gcloud"):
            continue
        text = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
        name = section(text, "NAME")
        body = section(text, "DESCRIPTION").split()[:BODY_WORDS]
        _, dash, line = name.partition(" - ")
        if dash and len(line.split()) >= MIN_QUERY_WORDS and len(body) >= 20:
            found.append((line, " ".join(body)))
    lines = [line for line, _ in found]
    bodies = [body for _, body in found]
    return [pair for pair in found if lines.count(pair[0]) == 1 and bodies.count(pair[1]) == 1]


def section(text, heading):
    """A section of a manual page as plain text."""
    match = re.search(rf'^\.S[Hh] *"?{heading}"? *$(.*?)(?=^\.S[Hh]|\Z)', text, re.M | re.S)
    if not match:
        return ""
    text = re.sub(r"^[.'](?!B|I|Nm|Nd|Li).*$", " ", match.group(1), flags=re.MULTILINE)
    text = re.sub(r"^\.Nd", " - ", text, flags=re.MULTILINE)
    text = re.sub(r"^\.\w+", " ", text, flags=re.MULTILINE)
    text = re.sub(r"\\f(\[.*?\]|\(..|.)|\\s[-+]?\d|\\[&/|,^%]", "", text)
    text = re.sub(r"\\-", "-", text)
    return " ".join(re.sub(r"\\\S{0,3}", " ", text).replace(f'Header "{heading}"', "").split())
