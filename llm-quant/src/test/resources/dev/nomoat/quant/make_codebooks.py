"""Writes the codebooks of the IQ formats. Needs numpy and ggml's libggml-base.

usage: make_codebooks.py OUTPUT_FOLDER

A codebook is part of its format. It is read off blocks with scale 1 and no signs whose indices count up: each
number that ggml's dequantize_row_* makes of them is one coordinate of a point. A coordinate is kept as its place
among the format's levels; a point is 16 bits, little-endian, the first coordinate lowest.
"""
import ctypes, glob, sys
import numpy as np

ggml = ctypes.CDLL(sorted(glob.glob("/usr/lib/*/libggml-base.so*"))[0])
ONE = [0x00, 0x3C]  # F16


def decode(name, blocks):
    src = np.frombuffer(bytes(blocks), np.uint8).copy()
    dst = np.zeros(src.size // SIZES[name] * 256, np.float32)
    getattr(ggml, f"dequantize_row_{name}")(src.ctypes.data_as(ctypes.c_void_p), dst.ctypes.data_as(ctypes.c_void_p), ctypes.c_int64(dst.size))
    return dst


SIZES = {"iq1_s": 50, "iq2_xxs": 66, "iq2_xs": 74, "iq2_s": 82, "iq3_xxs": 98, "iq3_s": 110}
# points, coordinates of a point, bits of a coordinate, what level 0, 1 … decodes to with these blocks
SHAPES = {
    "iq1_s": (2048, 8, 2, [-1 + 1 / 8, 1 / 8, 1 + 1 / 8]),
    "iq2_xxs": (256, 8, 2, [1, 25 / 8, 43 / 8]), "iq2_xs": (512, 8, 2, [1, 25 / 8, 43 / 8]), "iq2_s": (1024, 8, 2, [1, 25 / 8, 43 / 8]),
    "iq3_xxs": (256, 4, 3, [1, 3, 5, 7, 9, 11, 13, 62 / 4]), "iq3_s": (512, 4, 3, [1, 3, 5, 7, 9, 11, 13, 15]),
}


def block(name, i):
    """A block whose indices are i, i + 1 …"""
    low = lambda n: [j & 255 for j in range(i, i + n)]
    high = lambda each: [sum((j >> 8) << (s * bits) for s, j in enumerate(range(k, k + each))) for k in range(i, i + count, each)]
    if name == "iq1_s":
        count, bits = 32, 3
        return ONE + low(32) + [b for q in high(4) for b in (q & 255, q >> 8)]
    if name == "iq2_xxs":
        return ONE + [b for k in range(i, i + 32, 4) for b in ([j & 255 for j in range(k, k + 4)] + [0] * 4)]
    if name == "iq2_xs":
        return ONE + [b for j in range(i, i + 32) for b in (j & 255, j >> 8)] + [0] * 8
    if name == "iq2_s":
        count, bits = 32, 2
        return ONE + low(32) + [0] * 32 + high(4) + [0] * 8
    if name == "iq3_xxs":
        return ONE + low(64) + [0] * 32
    count, bits = 64, 1
    return ONE + low(64) + high(8) + [0] * 32 + [0] * 4


for name, (points, coordinates, bits, levels) in SHAPES.items():
    values = decode(name, [b for i in range(0, points, 256 // coordinates) for b in block(name, i)])
    places = np.array([levels.index(v) for v in values]).reshape(points, coordinates)
    packed = (places << (bits * np.arange(coordinates))).sum(axis=1)
    packed.astype("<u2").tofile(f"{sys.argv[1]}/{name}.codebook")
    print(name, packed.size, "points, all different:", len(set(packed.tolist())) == points)
