"""Writes what encoders are compared with: see README.md. Needs numpy, gguf and ggml's libggml-base.

usage: make_encoder_goldens.py FOLDER_OF_STORY_GGUFS FOLDER_OF_NUMBERS_F32_AND_OUTPUT
"""
import ctypes, glob, sys
import numpy as np
from gguf import GGUFReader

ggml = ctypes.CDLL(sorted(glob.glob("/usr/lib/*/libggml-base.so*"))[0])
ggml.ggml_row_size.restype = ctypes.c_size_t
ggml.ggml_row_size.argtypes = [ctypes.c_int, ctypes.c_int64]
ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
ggml.ggml_quantize_chunk.argtypes = [ctypes.c_int] + [ctypes.c_void_p] * 2 + [ctypes.c_int64] * 3 + [ctypes.c_void_p]
story, out = sys.argv[1], sys.argv[2]
TYPES = {"Q4_0": 2, "Q4_1": 3, "Q5_0": 6, "Q5_1": 7, "Q8_0": 8, "Q2_K": 10, "Q3_K": 11, "Q4_K": 12, "Q5_K": 13,
         "Q6_K": 14, "IQ4_NL": 20, "IQ4_XS": 23, "MXFP4": 39, "TQ1_0": 34, "TQ2_0": 35}
ROWS, COLUMNS = 16, 512
rng = np.random.default_rng(20251126)


def quantise(type_id, rows, importance):
    dst = np.zeros(ggml.ggml_row_size(type_id, rows.shape[1]) * len(rows), np.uint8)
    weights = None if importance is None else importance.ctypes.data
    ggml.ggml_quantize_chunk(type_id, rows.ctypes.data, dst.ctypes.data, 0, len(rows), rows.shape[1], weights)
    return dst


def decode(name, blocks, shape):
    y = np.zeros(shape, np.float32)
    short = name.lower() if name[0] != "Q" else "q" + name[1:]
    getattr(ggml, "dequantize_row_" + short)(
        ctypes.c_void_p(blocks.ctypes.data), ctypes.c_void_p(y.ctypes.data), ctypes.c_int64(y.size))
    return y.astype(np.float64)


def story_rows():
    parts = [np.array(t.data, np.float32).reshape(-1, 256) for t in GGUFReader(f"{story}/story-f32.gguf").tensors
             if "blk" in t.name and len(t.shape) == 2]
    picked = [p[rng.integers(0, len(p))] for _ in range(2) for p in parts]
    return np.concatenate(picked[: ROWS * COLUMNS // 256]).reshape(ROWS, COLUMNS)


kinds = {
    "story": story_rows(),
    "gaussian": 0.02 * rng.standard_normal((ROWS, COLUMNS)),
    "laplace": 0.02 * rng.laplace(size=(ROWS, COLUMNS)),
    "student": 0.02 * rng.standard_t(3, (ROWS, COLUMNS)),
}
halves = {kind: np.ascontiguousarray(x.astype("<f2")) for kind, x in kinds.items()}
importance = np.exp(1.5 * rng.standard_normal(COLUMNS)).astype("<f4")
with open(f"{out}/encoder.rows", "wb") as f:
    f.write(importance.tobytes())
    for x in halves.values():
        f.write(x.tobytes())
with open(f"{out}/encoder-errors.txt", "w") as f:
    for name, type_id in TYPES.items():
        for kind, half in halves.items():
            x = np.ascontiguousarray(half.astype(np.float32))
            wide = x.astype(np.float64)
            line = [name, kind]
            for given, w in ((None, np.ones(COLUMNS)), (importance, importance.astype(np.float64))):
                y = decode(name, quantise(type_id, x, given), x.shape)
                line.append("%.6g" % np.sqrt((w * (wide - y) ** 2).sum() / (w * wide**2).sum()))
            f.write(" ".join(line) + "\n")

numbers = np.fromfile(f"{out}/numbers.f32", "<f4")
for name in "MXFP4", "TQ1_0", "TQ2_0":
    quantise(TYPES[name], numbers.reshape(1, -1), None).tofile(f"{out}/{name}.encode")
