"""What is computed of a document, in a worker. Workers import this, so it imports little."""

import json
import re
import sys
from collections import Counter
from importlib.util import find_spec
from typing import NamedTuple

# Python 3.14 has it, unless it was built where the library is missing.
HAS_ZSTD = sys.version_info >= (3, 14) and find_spec("_zstd") is not None
if HAS_ZSTD:
    from compression import zstd
else:
    import lzma

NO_JSON = (ValueError, RecursionError)  # the latter comes from thousands of open brackets


class Summary(NamedTuple):
    """Of one document: bytes before and after compression, and statistics of its words."""

    size: int
    compressed: int
    is_json: bool
    words: int
    frequent: tuple[tuple[str, int], ...]  # the ten most frequent words and their counts


def summarise_document(body: bytes | memoryview) -> Summary:
    """Parse a document as JSON, or else take it as text, count its words and compress it."""
    text = str(body, "utf-8", "replace")
    try:
        strings, is_json = strings_in(json.loads(text)), True
    except NO_JSON:
        strings, is_json = [text], False
    counts = Counter[str]()
    for string in strings:
        counts.update(re.findall(r"\w+", string.lower()))
    frequent = tuple(counts.most_common(10))
    return Summary(len(body), len(compress(body)), is_json, counts.total(), frequent)


def strings_in(parsed: object) -> list[str]:
    """Return all strings in parsed JSON, at any depth; the keys of objects are left out."""
    found, rest = [], [parsed]
    while rest:
        match rest.pop():
            case str() as string:
                found.append(string)
            case list() as items:
                rest.extend(items)
            case dict() as items:
                rest.extend(items.values())
    return found


def compress(body: bytes | memoryview) -> bytes:
    """Compress as for an archive: Zstandard, or LZMA where Python has none."""
    return zstd.compress(body, 12) if HAS_ZSTD else lzma.compress(body, preset=1)
