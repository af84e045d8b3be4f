"""Writes every-type.safetensors with the reference implementation, and every-type.json: what was written.

python3 make_golden.py, with safetensors 0.8 and torch 2.14. The types F6_E2M3 and F6_E3M2 are missing: that version
reads them but does not write them.
"""

import json

import torch
from safetensors.torch import save

NUMBERS = [0.0, 1.0, 0.5, 2.0, 1.5, 4.0]
TYPES = {
    "BOOL": torch.bool, "U8": torch.uint8, "I8": torch.int8, "I16": torch.int16, "U16": torch.uint16, "I32": torch.int32,
    "U32": torch.uint32, "I64": torch.int64, "U64": torch.uint64, "F16": torch.float16, "BF16": torch.bfloat16,
    "F32": torch.float32, "F64": torch.float64, "C64": torch.complex64, "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2, "F8_E8M0": torch.float8_e8m0fnu, "F8_E4M3FNUZ": torch.float8_e4m3fnuz,
    "F8_E5M2FNUZ": torch.float8_e5m2fnuz,
}

tensors = {}
written = {}


def add(name, type, shape, tensor):
    tensors[name] = tensor
    data = bytes(tensor.reshape(-1).view(torch.uint8).tolist()).hex() if tensor.numel() else ""
    written[name] = {"type": type, "shape": shape, "bytes": data}


for type, dtype in TYPES.items():
    add(type, type, [2, 3], torch.tensor(NUMBERS, dtype=torch.float32).to(dtype).reshape(2, 3))
# PyTorch counts pairs of numbers, the file counts numbers.
add("F4", "F4", [2, 6], torch.arange(16, 22, dtype=torch.uint8).reshape(2, 3).view(torch.float4_e2m1fn_x2))
add("scalar", "F32", [], torch.tensor(-0.0, dtype=torch.float32))
add("no elements", "BF16", [3, 0, 2], torch.empty((3, 0, 2), dtype=torch.bfloat16))
add('names: "quoted" \\ \n é 語 \U0001f600', "I64", [2], torch.tensor([0x123456789ABCDEF0, -1], dtype=torch.int64))
add("lowest", "I8", [2], torch.tensor([-128, 127], dtype=torch.int8))

metadata = {"format": "pt", "texts": "are free: é \U0001f600"}
with open("every-type.safetensors", "wb") as file:
    file.write(save(tensors, metadata))
with open("every-type.json", "w") as file:
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(tensor)}" for name, tensor in written.items())
    file.write(f'{{\n "metadata": {json.dumps(metadata)},\n "tensors": {{\n{lines}\n }}\n}}\n')
