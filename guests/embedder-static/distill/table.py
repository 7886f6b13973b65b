"""The table's file, as `src/table.rs` describes and reads it."""

import numpy as np

FORMAT = b"wirtvec1"
# A piece that goes on in a word is written so in the vocabulary.
INSIDE = "##"


def kept(vocabulary):
    """Places in the vocabulary of the pieces a text can hold, in the table's order: those that begin
    a word, then those inside one, each sorted by their bytes. Marks and spare places are left out."""
    of_text = [at for at, piece in enumerate(vocabulary) if not is_mark(piece)]
    begins = [at for at in of_text if not is_inside(vocabulary[at])]
    inside = [at for at in of_text if is_inside(vocabulary[at])]

    def by_bytes(at):
        return bare(vocabulary[at])

    return sorted(begins, key=by_bytes), sorted(inside, key=by_bytes)


def is_mark(piece):
    return len(piece) > 2 and piece.startswith("[") and piece.endswith("]")


def is_inside(piece):
    return len(piece) > len(INSIDE) and piece.startswith(INSIDE)


def bare(piece):
    return piece.removeprefix(INSIDE).encode() if is_inside(piece) else piece.encode()


def write(path, vocabulary, cells):
    """`cells` are the rows of the whole vocabulary, `[pieces, d]` of int8."""
    begins, inside = kept(vocabulary)
    pieces = [bare(vocabulary[at]) for at in begins + inside]
    offsets = np.cumsum([0, *map(len, pieces)])
    head = np.array([cells.shape[1], len(begins), len(inside), offsets[-1]])
    with open(path, "wb") as file:
        file.write(FORMAT)
        file.write(head.astype("<u4").tobytes())
        file.write(offsets.astype("<u4").tobytes())
        file.write(b"".join(pieces))
        file.write(cells[begins + inside].tobytes())


def read(path, vocabulary):
    """The rows of the whole vocabulary; zero for pieces the table leaves out."""
    begins, inside = kept(vocabulary)
    with open(path, "rb") as file:
        data = file.read()
    dimension = int.from_bytes(data[len(FORMAT) : len(FORMAT) + 4], "little")
    many = len(begins) + len(inside)
    cells = np.zeros((len(vocabulary), dimension), dtype=np.int8)
    cells[begins + inside] = np.frombuffer(data[-many * dimension :], "i1").reshape(many, -1)
    return cells
