"""Puts the table to the tasks of `tasks.py`, beside BM25 and the hash embedder."""

import argparse
from pathlib import Path

import numpy as np

import scores
import table
import tasks
from minilm import Pieces, read_wheel


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("--sections", type=Path, help="a folder of markdown files")
    parser.add_argument("--manuals", type=Path, nargs="*", default=[], help="folders of *.gz")
    options = parser.parse_args()
    _, vocabulary = read_wheel(options.wheel)
    pieces = Pieces(vocabulary)
    cells = table.read(options.table, vocabulary).astype(np.float32)

    def embed(texts):
        nothing = np.zeros((1, cells.shape[1]), dtype=np.float32)
        bags = [np.array(pieces.text(text), dtype=np.int64) for text in texts]
        return scores.unit(np.stack([np.concatenate([cells[bag], nothing]).sum(0) for bag in bags]))

    found = {folder.name: tasks.manuals(folder) for folder in options.manuals}
    if options.sections:
        found["sections"] = tasks.sections(options.sections)
    for name, pairs in found.items():
        queries, bodies = zip(*pairs)
        keyword = scores.bm25(queries, bodies)
        hashed = scores.hashed(queries) @ scores.hashed(bodies).T
        static = embed(queries) @ embed(bodies).T
        print(f"{name}: {len(pairs)} pairs")
        show("hash", hashed)
        show("static", static)
        show("BM25", keyword)
        show("BM25 + hash", scores.mixed(keyword, hashed))
        show("BM25 + static", scores.mixed(keyword, static))


def show(way, found):
    first, ten, gain = scores.figures(found)
    print(f"  {way:14} recall@1 {first:.3f}  recall@10 {ten:.3f}  nDCG@10 {gain:.3f}", flush=True)


if __name__ == "__main__":
    main()
