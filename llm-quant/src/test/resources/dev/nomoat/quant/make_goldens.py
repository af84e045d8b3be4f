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

# What has no scale of its own in half precision, or no file of the story model, which then is quantised here.
# type: id, elements, bytes, where the half-precision scales are, a file with such tensors
LATER = {
    "Q2_K": (10, 256, 84, [80, 82], "q2_k"), "Q3_K": (11, 256, 110, [108], "q3_k_m"),
    "Q8_K": (15, 256, 292, [], None), "IQ2_XXS": (16, 256, 66, [0], None), "IQ2_XS": (17, 256, 74, [0], None),
    "IQ3_XXS": (18, 256, 98, [0], None), "IQ1_S": (19, 256, 50, [0], None), "IQ4_NL": (20, 32, 18, [0], "iq4_nl"),
    "IQ3_S": (21, 256, 110, [0], None), "IQ2_S": (22, 256, 82, [0], None), "IQ4_XS": (23, 256, 136, [0], "iq4_xs"),
    "IQ1_M": (29, 256, 56, [], None), "TQ1_0": (34, 256, 54, [52], None), "TQ2_0": (35, 256, 66, [64], None),
    "MXFP4": (39, 32, 17, [], None), "NVFP4": (40, 64, 36, [], None),
}
rng = np.random.default_rng(20251103)
story_rows = np.concatenate([np.array(t.data, np.float32).reshape(-1)
                             for t in GGUFReader(f"{story}/story-f32.gguf").tensors if "blk" in t.name and len(t.shape) == 2])


def quantised_blocks(n, type_id, elements, size):
    """Blocks that ggml makes of numbers spread over the story model, all of the same importance."""
    every = story_rows.reshape(-1, elements)
    rows = np.ascontiguousarray(every[:: len(every) // n][:n])
    blocks = np.zeros((n, size), np.uint8)
    if name == "Q8_K":
        call("quantize_row_q8_K_ref", rows, blocks, rows.size)
        return blocks
    weights = np.ones(elements, np.float32)
    pointer = lambda a: a.ctypes.data_as(ctypes.c_void_p)
    ggml.ggml_quantize_init(type_id)
    ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
    ggml.ggml_quantize_chunk(type_id, pointer(rows), pointer(blocks), ctypes.c_int64(0), ctypes.c_int64(n), ctypes.c_int64(elements), pointer(weights))
    return blocks


for name, (type_id, elements, size, scales, file) in LATER.items():
    few = 14 if elements == 256 else 40
    blocks = random_blocks(n_random or few, size, scales)
    if name == "IQ1_M":  # the scale's nibbles are the highest of four words
        halves = random_blocks(len(blocks), 2, [0]).view("<u2")[:, 0]
        for i in range(4):
            blocks[:, 49 + 2 * i] = blocks[:, 49 + 2 * i] & 15 | (halves >> 4 * i & 15) << 4
    if name == "Q8_K":  # scales of every size, finite
        blocks[:, :4] = (rng.standard_normal(len(blocks)) * 10.0 ** rng.integers(-44, 36, len(blocks))).astype("<f4").view(np.uint8).reshape(-1, 4)
    if name == "MXFP4":  # the ends of its scales
        blocks[: min(8, len(blocks)), 0] = [0, 255, 1, 2, 254, 253, 252, 127][: len(blocks)]
    if name == "NVFP4":
        blocks[1, 4:] = rng.integers(0, 256, 32)
        blocks[2, :4] = [0, 1, 7, 8]
        blocks[3, :4] = [0x7E, 0x7F, 0x80, 0xFE]
    n = n_real or few // 2
    blocks = np.concatenate([blocks, real_blocks(n, type_id, size, file) if file else quantised_blocks(n, type_id, elements, size)])
    values = call(f"dequantize_row_{name.lower() if name[-1] != 'K' else name[:2].lower() + '_K'}", blocks, np.zeros(len(blocks) * elements, "<f4"), len(blocks) * elements)
    with open(f"{out}/{name}.decode", "wb") as f:
        f.write(blocks.tobytes() + values.tobytes())
    print(name, len(blocks), "blocks:", n_random or few, "random")
