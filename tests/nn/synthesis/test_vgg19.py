"""VGG-19 from a file: against PyTorch's layers, by numbers of its own and by PyTorch itself where it is; bad files."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from nn import MLP, Style, optimizeInput, vgg19
from vgg import drawnWeights, picture, projected

REFERENCE = json.loads(Path(__file__).with_name("reference.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("vgg") / "vgg19.safetensors"
    save_file(drawnWeights(), path)
    return path


def test_all_convolutions_agree_with_pytorch(file):
    outputs = vgg19(file).activations(picture(32))
    assert next(iter(outputs)) == "normalized"
    assert set(outputs) - {"normalized"} == set(REFERENCE["32"])
    for name, numbers in REFERENCE["32"].items():
        assert np.allclose(projected(name, outputs[name]), numbers, rtol=1e-9, atol=1e-9), name


def test_the_dense_layers_agree_with_pytorch(file):
    outputs = vgg19(file, dense=True).activations(picture(224))
    assert set(outputs) - {"normalized", "flatten"} == set(REFERENCE["224"])
    for name, numbers in REFERENCE["224"].items():
        assert np.allclose(projected(name, outputs[name]), numbers, rtol=1e-9, atol=1e-9), name
    assert np.allclose(outputs["fc8"].ravel(), REFERENCE["fc8"], rtol=1e-9)


def test_the_precision_is_that_of_the_file_and_nothing_learns(tmp_path):
    save_file(drawnWeights(dtype=np.float32), tmp_path / "single.safetensors")
    network = vgg19(tmp_path / "single.safetensors")
    assert network.dtype == np.float32
    assert not network.learns


def test_average_pooling(file):
    largest, average = (vgg19(file, pooling).activations(picture(32)) for pooling in ("max", "average"))
    before = largest["conv1_2"]
    assert np.allclose(average["pool1"], before.reshape(len(before), 16, 2, 16, 2, 1).mean(axis=(2, 4)))
    assert np.allclose(largest["pool1"], before.reshape(len(before), 16, 2, 16, 2, 1).max(axis=(2, 4)))


def test_the_dense_layers_are_not_needed_in_the_file(tmp_path):
    weights = {name: array for name, array in drawnWeights().items() if name.startswith("features")}
    save_file(weights, tmp_path / "features.safetensors")
    assert vgg19(tmp_path / "features.safetensors").shapes((3, 64, 64))[-1] == (8, 2, 2)
    with pytest.raises(ValueError, match=r"without classifier.0.weight"):
        vgg19(tmp_path / "features.safetensors", dense=True)


def test_pictures_are_made_through_it(file):
    example = picture(40)[..., 0]
    style = Style(example, ["conv1_1", "conv2_1"])
    found = optimizeInput(vgg19(file), style, np.full((3, 40, 40), 0.5), steps=30, progress=False)
    assert found.history["style"][-1] < 0.3 * found.history["style"][0]


def test_other_networks_are_refused(file, tmp_path):
    weights = drawnWeights()
    path = tmp_path / "other.safetensors"

    def refused(changed, match):
        save_file(changed, path)
        with pytest.raises(ValueError, match=match):
            vgg19(path)

    sixteen = {name: one for name, one in weights.items() if not name.startswith(("features.32", "features.34"))}
    refused(sixteen, "another network than VGG-19 as torchvision has it: without features.32.weight")
    refused(weights | {"features.1.running_mean": np.zeros(3)}, "with features.1.running_mean")
    refused(weights | {"features.2.weight": np.zeros((3, 5, 3, 3))}, "another network than VGG-19")
    refused(weights | {"features.2.weight": np.zeros((3, 3, 5, 5))}, r"features.2.weight of shape \(out, in, 3, 3\)")
    refused(weights | {"features.2.bias": np.zeros(7)}, r"features.2.bias of shape \(3,\)")
    refused(weights | {"features.2.bias": np.full(3, np.nan)}, "finite numbers in features.2.bias")
    refused(weights | {"features.2.bias": np.zeros(3, np.float32)}, "other.safetensors: .* all float32 or all float64")
    refused(weights | {"features.2.weight": np.zeros(())}, r"features.2.weight of shape \(out, in, 3, 3\), got \(\)")
    empty = {"features.0.weight": np.zeros((0, 3, 3, 3)), "features.0.bias": np.zeros(0)}
    refused(weights | empty, r"features.0.weight of shape \(out, in, 3, 3\), got \(0, 3, 3, 3\)")
    MLP(vgg19(file).copy(until=2).layers).save(path)
    with pytest.raises(ValueError, match="another network"):
        vgg19(path)


def test_other_files_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no file"):
        vgg19(tmp_path / "nothing.safetensors")
    with pytest.raises(OSError, match="is a folder"):
        vgg19(tmp_path)
    (tmp_path / "vgg19.pth").write_bytes(b"PK\x03\x04 archive/data.pkl")
    with pytest.raises(ValueError, match=r"no safetensors file.*docs/seeing.md"):
        vgg19(tmp_path / "vgg19.pth")


def test_numbers_that_numpy_has_not_are_refused_as_such(file, tmp_path):
    """bfloat16: half as many bytes, and no damaged file."""
    content = file.read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    header.pop("__metadata__", None)
    for entry in header.values():
        entry |= {"dtype": "BF16", "data_offsets": [offset // 4 for offset in entry["data_offsets"]]}
    header, data = json.dumps(header).encode(), content[8 + size :]
    path = tmp_path / "half.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + data[: len(data) // 4])
    with pytest.raises(ValueError, match="expected weights in float32 or float64; .*bfloat16"):
        vgg19(path)


@pytest.mark.slow
def test_full_width_agrees_with_pytorch(tmp_path):
    torch = pytest.importorskip("torch")
    weights = drawnWeights((64, 128, 256, 512, 512), (4096, 4096, 1000), np.float32)
    save_file(weights, tmp_path / "vgg19.safetensors")
    x = picture(224).astype(np.float32)
    network = vgg19(tmp_path / "vgg19.safetensors", dense=True)
    outputs = network.activations(x)
    y = torch.from_numpy(np.ascontiguousarray(np.moveaxis(outputs["normalized"], -1, 0)))
    number = 0
    for name, output in outputs.items():
        if name.startswith("conv"):
            kernel, bias = (torch.from_numpy(weights[f"features.{number}.{part}"]) for part in ("weight", "bias"))
            y = torch.relu(torch.nn.functional.conv2d(y, kernel, bias, padding=1))
            number += 2
        elif name.startswith("pool"):
            y = torch.nn.functional.max_pool2d(y, 2)
            number += 1
        elif name == "flatten":
            y = y.flatten(1)
        elif name.startswith("fc"):
            key = {"fc6": "classifier.0", "fc7": "classifier.3", "fc8": "classifier.6"}[name]
            y = y @ torch.from_numpy(weights[f"{key}.weight"]).T + torch.from_numpy(weights[f"{key}.bias"])
            y = torch.relu(y) if name != "fc8" else y
        if name != "normalized":
            difference = np.abs(np.moveaxis(y.numpy(), 0, -1) - output).max()
            assert difference <= 1e-5 * np.abs(output).max(), name
