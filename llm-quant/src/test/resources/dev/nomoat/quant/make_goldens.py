"""Writes the golden files of this folder: see README.md. Needs numpy, gguf and ggml's libggml-base.

usage: make_goldens.py FOLDER_OF_STORY_GGUFS OUTPUT_FOLDER [RANDOM_BLOCKS REAL_BLOCKS]
"""
import ctypes, glob, sys
import numpy as np
from gguf import GGUFReader

ggml = ctypes.CDLL(sorted(glob.glob("/usr/lib/*/libggml-base.so*"))[0])
rng = np.random.default_rng(20250701)
story, out = sys.argv[1], sys.argv[2]
# type: id, elements, bytes, where the half-precision scales are, a file with such tensors
TYPES = {
    "F16": (1, 1, 2, [], "f16"), "BF16": (30, 1, 2, [], "bf16"),
    "Q8_0": (8, 32, 34, [0], "q8_0"), "Q4_0": (2, 32, 18, [0], "q4_0"), "Q5_0": (6, 32, 22, [0], "q5_0"),
    "Q4_1": (3, 32, 20, [0, 2], "q4_1"), "Q5_1": (7, 32, 24, [0, 2], "q5_1"),
    "Q4_K": (12, 256, 144, [0, 2], "q4_k_m"), "Q5_K": (13, 256, 176, [0, 2], "q5_k_m"), "Q6_K": (14, 256, 210, [208], "q6_k"),
}
DECODE = {"F16": "ggml_fp16_to_fp32_row", "BF16": "ggml_bf16_to_fp32_row"}
ENCODE = {"F16": "ggml_fp32_to_fp16_row", "BF16": "ggml_fp32_to_bf16_row_ref"}
CODED = ["F16", "BF16", "Q8_0", "Q4_0", "Q5_0", "Q4_1", "Q5_1"]


def call(name, src, dst, count):
    getattr(ggml, name)(src.ctypes.data_as(ctypes.c_void_p), dst.ctypes.data_as(ctypes.c_void_p), ctypes.c_int64(count))
    return dst


def random_blocks(n, size, scales):
    blocks = rng.integers(0, 256, (n, size), dtype=np.uint8)
    if n > 1:
        blocks[0], blocks[1] = 0, 255
    for i in range(n):
        for at in scales:
            h = int(rng.integers(0, 0x7C00))  # any finite half
            if i % 4 == 0:
                h &= 0x3FF  # subnormal or zero
            if i % 8 == 3:
                h = 0x7BFF  # the largest
            h |= int(rng.integers(0, 2)) << 15
            blocks[i, at], blocks[i, at + 1] = h & 255, h >> 8
    return blocks


def real_blocks(n, type_id, size, file):
    rows = [t.data.reshape(-1).view(np.uint8).reshape(-1, size)
            for t in GGUFReader(f"{story}/story-{file}.gguf").tensors if t.tensor_type == type_id]
    return np.ascontiguousarray(np.concatenate([r[:: max(1, len(r) * len(rows) // n)] for r in rows])[:n])


def numbers(n):
    """n rows of 32 finite numbers, every kind of block that an encoder meets."""
    x = rng.standard_normal((n, 32)).astype(np.float32)
    kinds = [
        lambda r: r * np.float32(10.0) ** rng.integers(-6, 5),
        lambda r: np.zeros(32), lambda r: np.full(32, -0.0), lambda r: np.full(32, r[0]),
        lambda r: np.abs(r), lambda r: -np.abs(r) - 1, lambda r: rng.permutation(np.append(r[:30], [4, -4])),
        lambda r: np.append(rng.integers(-14, 15, 31) / 2, [-8]),  # ties of Q4_0 and, with d = 1/2, Q5_0
        lambda r: np.append(rng.integers(-253, 254, 31) / 2, [127]),  # ties of Q8_0
        lambda r: np.append(rng.integers(0, 30, 30) / 2, [0, 15]),  # ties of Q4_1
        lambda r: np.append(rng.integers(0, 62, 30) / 2, [0, 31]),  # ties of Q5_1
        lambda r: r * 1e-7, lambda r: r * 1e-20, lambda r: np.clip(r, -3, 3) * 2e4 / 3, lambda r: np.where(r > 0, 0.0, -0.0),
        lambda r: np.where(np.arange(32) == 5, r * 100, r),
    ]
    for i in range(n):
        x[i] = np.asarray(kinds[i % len(kinds)](x[i].astype(np.float64)), dtype=np.float32)
    return np.ascontiguousarray(x)


n_random = int(sys.argv[3]) if len(sys.argv) > 3 else 0
n_real = int(sys.argv[4]) if len(sys.argv) > 4 else 0
for name, (type_id, elements, size, scales, file) in TYPES.items():
    few = 16 if elements == 256 else 400 if elements == 1 else 40
    blocks = np.concatenate([random_blocks(n_random or few, size, scales), real_blocks(n_real or few // 2, type_id, size, file)])
    if elements == 1:  # finite only: NaNs are tested apart
        bits = blocks.view("<u2")
        inf = 0x7C00 if name == "F16" else 0x7F80
        bits[(bits & inf) == inf] ^= 0x4000
    count = len(blocks) * elements
    values = call(DECODE.get(name, f"dequantize_row_{name[:3].lower() + name[3:]}"), blocks, np.zeros(count, "<f4"), count)
    with open(f"{out}/{name}.decode", "wb") as f:
        f.write(blocks.tobytes() + values.tobytes())
    print(name, len(blocks), "blocks:", n_random or few, "random")

x = numbers(n_random or 64)
x.astype("<f4").tofile(f"{out}/numbers.f32")
for name in CODED:
    _, elements, size, _, _ = TYPES[name]
    call(ENCODE.get(name, f"quantize_row_{name.lower()}_ref"), x, np.zeros(x.size // elements * size, np.uint8), x.size).tofile(f"{out}/{name}.encode")
