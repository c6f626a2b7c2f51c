"""Files that say the same are equal to the bit."""

import numpy as np
from safetensors import safe_open

from nn.storage.tensorfile import digest, packed

METADATA = {letter: letter * 3 for letter in "gbwaq"}
TENSORS = {"one": np.arange(6.0).reshape(2, 3), "two": np.arange(3, dtype=np.uint8), "none": np.empty((0, 4))}


def test_equal_to_the_bit_with_the_metadata_in_their_order(tmp_path):
    assert len({packed(TENSORS, METADATA) for _ in range(16)}) == 1
    path = tmp_path / "file"
    path.write_bytes(packed(TENSORS, METADATA))
    with safe_open(path, framework="numpy") as file:
        assert file.metadata() == METADATA | {"sha256": digest(METADATA, TENSORS)}
        for name, array in TENSORS.items():
            assert np.array_equal(file.get_tensor(name), array)
            assert file.get_tensor(name).dtype == array.dtype
    text = path.read_bytes()
    places = [text.index(f'"{name}":'.encode()) for name in [*METADATA, "sha256"]]
    assert places == sorted(places)
    assert int.from_bytes(text[:8], "little") % 8 == 0
