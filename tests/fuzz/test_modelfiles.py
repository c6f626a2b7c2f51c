"""The readers of models and checkpoints against damaged and hostile files: exactly what the file says, or an error that
names the file, after which nothing is changed.

Bytes are damaged, which the checksum notices; and descriptions, arrays and states, under a checksum that is right.
"""

import copy
import json
import os
import random
import struct
from contextlib import suppress

from leibnet import randomness

import numpy as np
import pytest
from runner import Case, fuzz
from safetensors import SafetensorError
from safetensors.numpy import load as unpack
from safetensors.numpy import save as pack

from activations import ELU, ReLU, Sigmoid, Softmax
from dataset import Dataset
from layers import Dense, Sampler
from nn import GAN, MLP, PCA, VAE, Checkpoint, EarlyStopping, History, Masking, seed
from nn.models.autoencoder import Autoencoder
from nn.storage.modelfile import read
from nn.storage.stored import Stored
from nn.storage.tensorfile import packed
from optimizer import SGD, Adam

NUMBER = int(os.environ.get("LEIBNET_FUZZ", "100"))
"""Of each kind of damage, for each of the many readers here."""

X = np.random.default_rng(0).uniform(0, 1, (3, 40))


def network():
    adam, sgd = Adam(learningRate=0.1, clipNorm=2), SGD(lr=0.1, momentum=0.9)
    return MLP([Dense(3, 4, ELU(0.5), adam, rng=1), Dense(4, 2, Softmax(), sgd, rng=2)])


def vae():
    return VAE(
        MLP([Dense(3, 4, ReLU(), rng=1)]), Sampler(4, 2, rng=2), MLP([Dense(2, 3, Sigmoid(), rng=3)]), warmUp=2.0
    )


def denoising():
    return Autoencoder(MLP([Dense(3, 2, ReLU(), rng=1)]), MLP([Dense(2, 3, rng=2)]), corruption=Masking(0.3, rng=5))


def gan():
    generator, discriminator = MLP([Dense(2, 3, Sigmoid(), rng=1)]), MLP([Dense(3, 1, Sigmoid(), rng=2)])
    return GAN(generator, discriminator, rng=np.random.Generator(np.random.Philox(0)))


MAKE = {
    "network": network,
    "vae": vae,
    "denoising": denoising,
    "gan": gan,
    "pca": lambda: PCA(2, whiten=True).fit(X),
}


def signed(metadata, tensors):
    """A file with the checksum that belongs to it."""
    metadata = {name: text for name, text in metadata.items() if name != "sha256"}
    return packed(tensors, metadata)


def same(one, other):
    """Whether two descriptions are the same; the second may say more."""
    if isinstance(one, dict) and isinstance(other, dict):
        return all(key in other and same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, int) and isinstance(other, float):
        one = float(one)
    bothNan = one != one and other != other
    return (one == other or bothNan) and isinstance(one, bool) == isinstance(other, bool)


def equalArrays(one, other):
    return one.keys() == other.keys() and all(
        (one[name].dtype, one[name].shape, one[name].tobytes())
        == (other[name].dtype, other[name].shape, other[name].tobytes())
        for name in one
    )


# Trees of plain values, damaged ------------------------------------------------------------------------------------

HOSTILE = [
    None, True, False, -1, 0, 1, 2, 5, 625, 1.0, 0.5, -0.5, 1e300, 2**31, 2**53 + 1, 2**63, 10**30, -(2**63), 10**400,
    float("nan"), float("inf"), -float("inf"), "", "x", "1", "MLP", "Dense", "Adam", "__class__", "os.system", "state",
    "../../x", "é\0", [], {}, [[]], [None], ["v"], [0.5, "x"], {"kind": "Dense"}, {"kind": ["MLP"]}, {"kind": None},
    {"dtype": "O", "values": ["x"]}, {"dtype": "V9", "values": 3},
]  # fmt: skip
KEYS = [
    "__class__",
    "__dict__",
    "__init__",
    "state",
    "step",
    "kind",
    "trainable",
    "rng",
    "initializer",
    "t",
    "lr",
    "x",
]


def places(tree):
    """The places in a tree, as the container and the key in it; of a list, the first ones."""
    for key in list(tree) if isinstance(tree, dict) else range(min(len(tree), 3)):
        yield tree, key
        if isinstance(tree[key], (dict, list)):
            yield from places(tree[key])


def damagedTree(text, rng):
    """The tree with one damage or several."""
    tree = json.loads(text)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        container, key = rng.choice([*places(tree)] or [(tree, None)])
        damage = rng.randrange(7)
        if key is None:
            return json.dumps(rng.choice(HOSTILE))
        if damage <= 2:
            container[key] = copy.deepcopy(rng.choice(HOSTILE))
        elif damage == 3 and isinstance(container, dict):
            container[rng.choice((*KEYS, key + " ", key.upper()))] = container.pop(key)
        elif damage == 3:
            container.insert(key, container[key])
        elif damage == 4:
            del container[key]
        elif damage == 5:
            other, place = rng.choice([*places(tree)])
            container[key] = json.loads(json.dumps(other[place]))
        elif isinstance(container, dict):
            container[rng.choice(KEYS)] = copy.deepcopy(rng.choice(HOSTILE))
        elif isinstance(container[key], (int, float)):
            container[key] += rng.choice((-1, 1, 0.5))
    return json.dumps(tree)


def everyValueHostile(text):
    """Every value in place of every other, one at a time: what is there, is not expected there. Or a sample of them."""
    number = sum(1 for _ in places(json.loads(text)))
    chosen = random.Random(1).sample(range(number * (len(HOSTILE) + 1)), min(NUMBER, number * len(HOSTILE)))
    for index in sorted(chosen):
        tree = json.loads(text)
        container, key = list(places(tree))[index // (len(HOSTILE) + 1)]
        if index % (len(HOSTILE) + 1):
            container[key] = HOSTILE[index % (len(HOSTILE) + 1) - 1]
        else:
            del container[key]
        yield json.dumps(tree)


# Models ------------------------------------------------------------------------------------------------------------


class Models(Case):
    """Damaged bytes of the file of a model: the checksum tells."""

    kind = "network"

    def __init__(self, folder):
        self.path = folder / "model.safetensors"
        self.model = MAKE[self.kind]()
        self.content = self.model.save(self.path).read_bytes()
        self.metadata, self.tensors = read(self.path)

    def handmade(self):
        data = b"".join(array.tobytes() for array in self.tensors.values())
        for length in (0, 1, 7, 2**31, 2**32 - 1, 2**53, 2**63 - 1, 2**63, 2**64 - 1, 100_000_000, 100_000_001):
            yield struct.pack("<Q", length) + self.content[8:]
        for header in (b"[" * 1_000_000, b'{"a":' * 1_000_000, b"{}", b"null", b"\xff" * 100, b'{"__metadata__":{}}'):
            yield struct.pack("<Q", len(header)) + header + data
        plain = {"dtype": "F64", "shape": [4, 3], "data_offsets": [0, 96]}
        for changes in (
            {"shape": [2**32, 2**32]}, {"shape": [2**63, 2]}, {"shape": [-1, -12]}, {"shape": [4.0, 3]}, {"shape": []},
            {"shape": [True, 12]}, {"data_offsets": [0, 2**63]}, {"data_offsets": [96, 0]}, {"data_offsets": [8, 96]},
            {"dtype": "BF16"}, {"dtype": "I64"}, {"dtype": "BOOL", "shape": [8, 12]}, {"dtype": "C64"}, {"dtype": "F4"},
            {"dtype": "F16", "shape": [4, 12]}, {"dtype": "F8_E4M3", "shape": [8, 12]}, {"dtype": "O"}, {"dtype": 1},
        ):  # fmt: skip
            yield self.raw(json.dumps({"a": plain | changes}), bytes(96))
        plain = '"a": ' + json.dumps(plain)
        for header in (
            plain + "," + plain.replace("a", "b"),  # overlapping
            plain + "," + plain,
            '"__metadata__": {"leibnet": 1},' + plain,
            '"__metadata__": {"leibnet": "{}", "leibnet": "[]"},' + plain,
        ):
            yield self.raw("{" + header + "}", bytes(96))
        yield self.raw("{" + plain + "}", bytes(200))
        for leibnet in (
            "[" * 100_000,
            '{"format":' * 100_000,
            '{"format": true}',
            '{"format": 1e0}',
            "9" * 5000,
            "NaN",
        ):
            yield pack(self.tensors, {"leibnet": leibnet})
            yield signed({"leibnet": leibnet}, self.tensors)
        for old in (
            '"format": 1',
            '"format": true',
            '"format": 1.0',
            '"format": "1"',
            '"format": -1',
            '"format": null',
        ):
            leibnet = self.metadata["leibnet"].replace('"format": 2', old)
            yield pack({name: array + 1 for name, array in self.tensors.items()}, {"leibnet": leibnet, "sha256": "0"})

    def raw(self, header, data):
        header = header.encode()
        return struct.pack("<Q", len(header)) + header + data

    def load(self, damaged):
        again = Stored.load(self.path)
        assert again.config() == self.model.config()
        assert equalArrays(again.weights(), self.model.weights())
        return True


class Descriptions(Models):
    """Damaged descriptions under a checksum that is right."""

    def __init__(self, folder):
        super().__init__(folder)
        self.content = self.metadata["leibnet"].encode()

    def write(self, damaged):
        metadata = self.metadata | {"leibnet": damaged.decode(errors="replace")}
        self.path.write_bytes(signed(metadata, self.tensors))

    def handmade(self):
        text = self.content.decode()
        for damaged in everyValueHostile(text):
            yield damaged.encode()
        rng = random.Random(0)
        for _ in range(NUMBER):
            yield damagedTree(text, rng).encode()
        deep = json.loads(text)
        for depth in (100, 900, 2000):
            nested = "[" * depth + "]" * depth
            yield json.dumps(deep | {"model": "DEEP"}).replace('"DEEP"', nested).encode()
            yield text.replace('"kind"', f'"deep": {nested}, "kind"', 1).encode()
        for size in (2**20, 2**24, 2**24 + 1, 2**40):
            yield text.replace(": 3,", f": {size},").encode()
            yield text.replace(": 4,", f": {size},").encode()
            yield text.replace('"shape": [3, 2]', f'"shape": [{size}, {size}]').encode()
            yield text.replace('"shape": [3, 2]', f'"shape": [{size}, 2]').encode()
        if isinstance(deep["model"].get("layers"), list):
            deep["model"]["layers"] *= 5000
            yield json.dumps(deep).encode()

    def load(self, damaged):
        again = Stored.load(self.path)
        said = json.loads(damaged.decode(errors="replace"))
        assert same(said["model"], json.loads(json.dumps(again.config())))
        assert equalArrays(again.weights(), self.tensors)
        return said == json.loads(self.metadata["leibnet"])


class Arrays(Models):
    """Damaged arrays under a checksum that is right."""

    def __init__(self, folder):
        super().__init__(folder)
        self.content = pack(self.tensors)

    def write(self, damaged):
        with suppress(SafetensorError, TypeError, ValueError, AttributeError, KeyError):  # otherwise the file as it is
            damaged = signed(self.metadata, unpack(damaged))
        self.path.write_bytes(damaged)

    def handmade(self):
        for name in self.tensors:
            for array in hostileArrays(self.tensors[name]):
                yield pack(self.tensors | {name: array})
        for dtype in (np.float16, np.float32, np.int64, np.bool_, np.complex64):
            yield pack({name: array.astype(dtype) for name, array in self.tensors.items()})
        for name in (
            "../../x",
            "/x",
            "a\\b",
            "é\0",
            "",
            "__metadata__ ",
            "layers.0.weight ",
            "layers.-1.bias",
            "x" * 9999,
        ):
            yield pack(self.tensors | {name: np.ones(2)})
        yield pack({})

    def load(self, damaged):
        weights = Stored.load(self.path).weights()
        assert equalArrays(weights, unpack(damaged))
        return equalArrays(weights, self.model.weights())


def hostileArrays(array):
    yield array.reshape(-1)
    yield array[..., np.newaxis]
    yield array[:0]
    yield np.concatenate((array, array))
    yield np.array(1.0)
    for dtype in (np.float16, np.float32, np.float64, np.int64, np.uint8, np.bool_, np.complex64):
        if dtype != array.dtype:
            yield array.astype(dtype)
    for value in (np.nan, np.inf, -np.inf):
        changed = array.copy()
        changed.flat[-1] = value
        yield changed


class Vaes(Models):
    kind = "vae"


class Pcas(Models):
    kind = "pca"


class Gans(Models):
    kind = "gan"


class VaeDescriptions(Descriptions):
    kind = "vae"


class DenoisingDescriptions(Descriptions):
    kind = "denoising"


class GanDescriptions(Descriptions):
    kind = "gan"


class PcaDescriptions(Descriptions):
    kind = "pca"


class PcaArrays(Arrays):
    kind = "pca"


# Checkpoints -------------------------------------------------------------------------------------------------------


class Reached(Exception):
    """The training goes on."""


class Checkpoints(Case):
    """Damaged bytes of a checkpoint: the checksum tells. After an error nothing is changed."""

    kind = "network"
    options = {"metrics": ["train_loss", "test_accuracy"], "earlyStopping": EarlyStopping("test_accuracy")}
    bits = np.random.PCG64

    def __init__(self, folder):
        self.path = folder / "run.safetensors"
        labels = (X[0] > X[1]).astype(int)
        seed(3)
        generator = np.random.Generator(self.bits(7))
        self.data = Dataset.fromArrays(X, labels, test_size=10, batch_size=8, dtype=np.float64, rng=generator)
        self.model, count = MAKE[self.kind](), 0
        step = self.model.step

        def interrupting(*arguments):
            nonlocal count
            count += 1
            if count > 6:  # in the middle of the second epoch
                raise Reached
            return step(*arguments)

        self.model.step = interrupting
        self.stopping = self.options.get("earlyStopping")
        with pytest.raises(Reached):
            self.train(Checkpoint(self.path, seconds=0))
        self.content = self.path.read_bytes()
        self.metadata, self.tensors = read(self.path)
        self.fresh()

    def train(self, checkpoint, resume=False):
        self.model.train(self.data, epochs=3, checkpoint=checkpoint, resume=resume, **self.options)

    def fresh(self):
        """Another model, of which the training is to go on, and all there is of it."""
        seed(4)
        self.data.rng.bit_generator.state = self.bits(8).state
        self.model = MAKE[self.kind]()

        def reached(*arguments):
            raise Reached

        self.model.step = reached
        self.model.history = History(self.options["metrics"])
        if self.stopping is not None:
            self.stopping.reset()
        self.before = self.state()

    def state(self):
        generators = [
            randomness.networks.generator,
            self.data.rng,
            *(one.rng for one in self.model.drawing() if one.rng),
        ]
        return (
            self.model.config(),
            {name: array.tobytes() for name, array in self.model.weights().items()},
            [(layer.optimizer.settings(), [*layer.optimizer.state]) for layer in self.model.namedLayers().values()],
            [repr(generator.bit_generator.state) for generator in generators],
            self.model.state(),
            self.model.history is not None and (self.model.history.index, dict(self.model.history)),
            self.stopping and str(self.stopping.state()),
        )

    def load(self, damaged):
        try:
            self.train(Checkpoint(self.path), resume=True)
        except Reached:
            pass
        except BaseException:
            assert self.state() == self.before
            raise
        try:
            return self.check(damaged)
        finally:
            self.fresh()

    def check(self, damaged):
        """Written anew, the file says the same."""
        metadata, tensors = read(self.path)
        assert metadata == self.metadata
        assert equalArrays(tensors, self.tensors)
        return True


class States(Checkpoints):
    """Damaged states of the training under a checksum that is right."""

    def __init__(self, folder):
        super().__init__(folder)
        self.content = self.metadata["training"].encode()

    def write(self, damaged):
        metadata = self.metadata | {"training": damaged.decode(errors="replace")}
        self.path.write_bytes(signed(metadata, self.tensors))

    def handmade(self):
        text, rng = self.content.decode(), random.Random(0)
        yield from (damaged.encode() for damaged in everyValueHostile(text))
        for _ in range(NUMBER):
            yield damagedTree(text, rng).encode()
        for depth in (900, 100_000):
            yield ("[" * depth + "]" * depth).encode()
            yield text.replace('"steps"', '"deep": ' + "[" * depth + "]" * depth + ', "steps"').encode()

    def check(self, damaged):
        metadata, tensors = read(self.path)
        written = json.loads(metadata["training"])
        said = {"kernels": "NumPy"} | json.loads(damaged.decode(errors="replace"))
        for one, other, name in ((said, written, "scale"), (said["history"], written["history"], "samplesPerEpoch")):
            if name in other:
                one.setdefault(name, other[name])  # as the kernels, which files of before do not say
        for name in ("began", "config", "settings"):  # compared, or handed on
            one, other = said.pop(name), written.pop(name)
            assert json.dumps(one) == json.dumps(other) or all(one.get(key) == other[key] for key in other)
        for state in (said, written):
            state.pop("record", None)  # which the training that goes on says anew, of itself
        if self.stopping is None:
            said["stopping"] = {}
        assert same({name: said[name] for name in written}, written)
        assert metadata["leibnet"] == self.metadata["leibnet"]
        assert equalArrays(tensors, self.tensors)
        return json.loads(damaged.decode(errors="replace")) == json.loads(self.metadata["training"])


class GanStates(States):
    """With generators that read at positions they are told."""

    kind, bits = "gan", np.random.MT19937
    options = {"metrics": ["train_diversity"]}

    def check(self, damaged):
        for generator in json.loads(damaged.decode(errors="replace"))["generators"].values():
            assert 0 <= generator["state"].get("pos", 0) <= 624
            assert 0 <= generator.get("buffer_pos", 0) <= 4
        return super().check(damaged)


class DenoisingStates(States):
    kind = "denoising"
    options = {"metrics": ["train_loss"]}


class VaeStates(States):
    kind = "vae"
    options = {"metrics": []}


class StateArrays(Checkpoints):
    """Damaged arrays of a checkpoint under a checksum that is right."""

    def __init__(self, folder):
        super().__init__(folder)
        self.content = pack(self.tensors)

    write, handmade = Arrays.write, Arrays.handmade

    def check(self, damaged):
        written = read(self.path)[1]
        assert all(np.isfinite(array).all() for array in written.values())
        assert equalArrays(written, unpack(damaged))
        return equalArrays(written, self.tensors)


BYTES = ["Models", "Vaes", "Pcas", "Gans", "Checkpoints"]
CONTENT = [
    "Descriptions", "VaeDescriptions", "DenoisingDescriptions", "GanDescriptions", "PcaDescriptions", "Arrays",
    "PcaArrays", "States", "DenoisingStates", "VaeStates", "GanStates", "StateArrays",
]  # fmt: skip
QUICK = {"Descriptions", "Arrays", "States", "StateArrays"}


@pytest.mark.parametrize("case", BYTES)
def test_a_damaged_file_gives_what_was_saved_or_a_clear_error(case, tmp_path):
    report = fuzz(f"test_modelfiles:{case}", tmp_path, NUMBER)
    assert not report.faults
    assert report.different == 0
    assert report.refused > 0.9 * report.tried


@pytest.mark.parametrize(
    "case", [one if one in QUICK else pytest.param(one, marks=pytest.mark.slow) for one in CONTENT]
)
def test_content_that_nobody_wrote_gives_what_it_says_or_a_clear_error(case, tmp_path, monkeypatch):
    monkeypatch.setenv("LEIBNET_KERNELS", "numpy")  # as what the states say, in the process that tries them
    report = fuzz(f"test_modelfiles:{case}", tmp_path, NUMBER)
    assert not report.faults
    assert report.refused > 0.3 * report.tried
    assert report.equal + report.different > 0
