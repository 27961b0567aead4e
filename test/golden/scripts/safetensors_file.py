"""safetensors in a few lines, by the format's description: 8 bytes of header length, JSON, the tensors' bytes."""
import json
import struct

import torch

TYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64,
    "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool,
}  # fmt: skip
NAMES = {dtype: name for name, dtype in TYPES.items()}
# Larger elements first, then by name.
RANK = ["BOOL", "U8", "I8", "I16", "F16", "BF16", "I32", "F32", "F64", "I64"]


def raw(x):
    x = x.detach().contiguous()
    return bytes(x.view(torch.uint8).numpy()) if x.ndim and x.dtype is torch.bfloat16 else x.numpy().tobytes()


def write(tensors, metadata=None):
    order = sorted(tensors, key=lambda name: (-RANK.index(NAMES[tensors[name].dtype]), name))
    places, end = {}, 0
    for name in order:
        size = len(raw(tensors[name]))
        places[name] = [end, end + size]
        end += size
    header = {} if metadata is None else {"__metadata__": metadata}
    for name, x in tensors.items():
        header[name] = {"dtype": NAMES[x.dtype], "shape": list(x.shape), "data_offsets": places[name]}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(raw(tensors[name]) for name in order)


def read(data):
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    body = bytearray(data[8 + length :])
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        dtype = TYPES[entry["dtype"]]
        empty = torch.empty(entry["shape"], dtype=dtype)
        tensors[name] = torch.frombuffer(body[begin:end], dtype=dtype).reshape(entry["shape"]) if end > begin else empty
    return tensors, metadata
