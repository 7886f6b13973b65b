"""How well a way to score finds, for each query, the one body that is its own."""

import math
import re
from collections import Counter

import numpy as np

WORD = re.compile(r"\w+")
# Of BM25.
K1, B = 1.2, 0.75
# Of the hash embedder in `guests/embedder-hash`.
POSITIONS, DIMENSION = 4, 256
MASK = 2**64 - 1


def figures(scores):
    """Recall at 1 and 10 and the nDCG at 10 of `[n, n]` scores, where body `i` is query `i`'s.
    A tie counts against the query."""
    own = np.diag(scores)[:, None]
    ranks = (scores >= own).sum(axis=1)
    gain = np.where(ranks <= 10, 1 / np.log2(ranks + 1), 0)
    return (ranks <= 1).mean(), (ranks <= 10).mean(), gain.mean()


def bm25(queries, bodies):
    counts = [Counter(WORD.findall(body.lower())) for body in bodies]
    lengths = np.array([sum(count.values()) for count in counts])
    postings = {}
    for at, count in enumerate(counts):
        for word, times in count.items():
            postings.setdefault(word, []).append((at, times))
    norms = K1 * (1 - B + B * lengths / lengths.mean())
    scores = np.zeros((len(queries), len(bodies)))
    for row, query in zip(scores, queries):
        for word in set(WORD.findall(query.lower())):
            found = postings.get(word, [])
            weight = math.log(1 + (len(bodies) - len(found) + 0.5) / (len(found) + 0.5))
            for at, times in found:
                row[at] += weight * times * (K1 + 1) / (times + norms[at])
    return scores


def hashed(texts):
    """The vectors of the hash embedder, `[n, 256]`, of length 1."""
    vectors = np.zeros((len(texts), DIMENSION))
    for vector, text in zip(vectors, texts):
        for word in re.findall(r"[^\W_]+", text.lower()):
            value = 0xCBF29CE484222325
            for byte in word.encode("utf-32-le"):
                value = (value ^ byte) * 0x0100000001B3 & MASK
            value = (value ^ (value >> 33)) * 0xFF51AFD7ED558CCD & MASK
            value = (value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53 & MASK
            value ^= value >> 33
            for _ in range(POSITIONS):
                vector[value & 0xFF] += -1 if value >> 8 & 1 else 1
                value >>= 9
    return unit(vectors)


def unit(vectors):
    """Rows of length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)


def mixed(one, other):
    """Two ways to score together: each stretched to 0 … 1 for each query, half and half."""

    def stretched(scores):
        low, high = scores.min(axis=1, keepdims=True), scores.max(axis=1, keepdims=True)
        return (scores - low) / np.maximum(high - low, 1e-9)

    return stretched(one) + stretched(other)
