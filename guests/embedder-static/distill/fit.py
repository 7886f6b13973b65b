"""The rows that, added up, come nearest to what the model says of whole passages."""

import numpy as np


class Bags:
    """Texts as sums of weighted pieces: a sparse `[texts, pieces]` matrix. Sums run in a fixed order,
    so the same input gives the same bits."""

    # Texts, or pieces, whose sums are computed at a time.
    STEP = 1024

    def __init__(self, texts, weights):
        lengths = np.array([len(text) for text in texts])
        self.shape = len(texts), len(weights)
        self.pieces = np.concatenate([np.asarray(text, dtype=np.int64) for text in texts])
        self.texts = np.repeat(np.arange(len(texts)), lengths)
        self.values = weights[self.pieces].astype(np.float32)
        self.text_starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        self.order = np.argsort(self.pieces, kind="stable")
        self.seen, self.piece_starts = np.unique(self.pieces[self.order], return_index=True)

    def scale(self, factors):
        """Multiplies each text's row."""
        self.values = self.values * factors[self.texts].astype(np.float32)

    def times(self, rows):
        """`[texts, d]` from `[pieces, d]`."""
        return self.sums(rows, self.pieces, self.values, self.text_starts)

    def transposed_times(self, rows):
        """`[pieces, d]` from `[texts, d]`."""
        out = np.zeros((self.shape[1], rows.shape[1]), dtype=np.float32)
        texts, values = self.texts[self.order], self.values[self.order]
        out[self.seen] = self.sums(rows, texts, values, self.piece_starts)
        return out

    def sums(self, rows, at, values, starts):
        ends = np.append(starts[1:], len(at))
        out = np.zeros((len(starts), rows.shape[1]), dtype=np.float32)
        for first in range(0, len(starts), self.STEP):
            last = min(first + self.STEP, len(starts))
            low, high = starts[first], ends[last - 1]
            weighted = rows[at[low:high]] * values[low:high, None]
            out[first:last] = np.add.reduceat(weighted, starts[first:last] - low, axis=0)
        return out


def fit(bags, rows, targets, hold, steps):
    """Rows near to those given whose sums are near the targets: least squares with `hold` times the
    squared distance from the given rows added, by `steps` of conjugate gradients, each of the
    columns by itself."""
    change = np.zeros_like(rows)
    rest = bags.transposed_times(targets - bags.times(rows))
    direction = rest.copy()
    squares = (rest * rest).sum(axis=0)
    for step in range(steps):
        image = bags.transposed_times(bags.times(direction)) + np.float32(hold) * direction
        length = squares / np.maximum((direction * image).sum(axis=0), np.float32(1e-12))
        change += length * direction
        rest -= length * image
        before, squares = squares, (rest * rest).sum(axis=0)
        direction = rest + squares / np.maximum(before, np.float32(1e-12)) * direction
        print(f"step {step + 1} of {steps}: {squares.sum():.4f} left", flush=True)
    return rows + change
