"""Files with a checksum that is right and content that is wrong: what the messages say, and that nothing is changed."""

import json

import numpy as np
import pytest

from activations import ReLU, Sigmoid, Softmax
from dataset import Dataset
from layers import Dense
from nn import GAN, MLP, PCA, Autoencoder, EarlyStopping, GaussianNoise, Masking, Model, seed
from nn.storage.modelfile import read
from nn.storage.tensorfile import packed
from optimizer import SGD, Adam

X = np.random.default_rng(0).uniform(0, 1, (3, 40)).astype(np.float32)
PATH = "optimizers", "layers.0"


def data(bits=np.random.PCG64):
    return Dataset.fromArrays(
        X, (X[0] > X[1]).astype(int), test_size=10, batch_size=8, rng=np.random.Generator(bits(7))
    )


def classifier():
    adam, sgd = Adam(lr=0.01), SGD(lr=0.1, momentum=0.9)
    return MLP([Dense(3, 4, ReLU(), adam, rng=1), Dense(4, 2, Softmax(), sgd, rng=2)])


def rewrite(path, change, name="training"):
    """Changes the description of a file, and gives it the checksum that belongs to it."""
    metadata, tensors = read(path)
    said = json.loads(metadata[name])
    said = change(said, tensors) or said
    metadata[name] = json.dumps(said)
    path.write_bytes(packed(tensors, metadata))


def put(value, *places):
    def change(said, tensors):
        for place in places[:-1]:
            said = said[place]
        said[places[-1]] = value

    return change


def drop(*places):
    def change(said, tensors):
        for place in places[:-1]:
            said = said[place]
        del said[places[-1]]

    return change


def array(name, value):
    def change(said, tensors):
        tensors[name] = value

    return change


STATES = [
    (drop("epochStart"), "'epochStart' is missing"),
    (drop("generators", "data"), "generators has layers, dataset, data, there it had layers, dataset"),
    (put(-1, "steps"), "expected steps to be a whole number >= 0, got -1"),
    (put(4.0, "steps"), "expected steps to be a whole number >= 0, got 4.0"),
    (put(True, "steps"), "got True"),
    (put([], "settings"), "expected settings to be a dictionary"),
    (put("x", "began"), "expected began to be a dictionary, got 'x'"),
    (put(None, "config"), "expected config to be a dictionary, got None"),
    (put([0.1, 0.2, 0.3], "history", "values", "train_loss"), "train_loss of history to be a list of 1 numbers"),
    (put(["0.1"], "history", "values", "train_loss"), "train_loss of history"),
    (put([float("nan")], "history", "values", "train_loss"), "train_loss of history"),
    (put([10**6], "history", "index"), "index of history to be numbers up to"),
    (put({"loss": "1"}, "meter", "sums"), "the sum of loss in meter to be a number, got '1'"),
    (put({}, "meter", "sums"), r"meter has sums of \[\] over"),
    (put(float("nan"), "best"), "expected best to be a number or infinity, got nan"),
    (put(10**6, "stopping", "waited"), "waited of stopping to be a whole number up to 1"),
    (put("os.system", *PATH, "__class__"), "the optimizer of .* has .*lr.* there it had .*__class__"),
    (drop(*PATH, "lr"), "the optimizer of .*layers.0.* has"),
    (put("x", *PATH, "lr"), "lr of the optimizer of .* to be 0.01, as in the model's description, got 'x'"),
    (put(0.5, *PATH, "lr"), "lr of the optimizer of .* to be 0.01"),
    (put(1.5, *PATH, "t"), "t of the optimizer of .* to be a whole number"),
    (put(["v", "state"], "optimizers", "layers.1", "stateNames"), "stateNames of the optimizer"),
    (put("MT19937", "generators", "data", "bit_generator"), "bit_generator of data to be 'PCG64', got 'MT19937'"),
    (put(-1, "generators", "data", "state", "state"), "state of data to be a number"),
    (put(2**200, "generators", "data", "state", "state"), "is no checkpoint"),
    (put(2, "generators", "layers", "has_uint32"), "has_uint32 of layers"),
    (lambda said, tensors: [said], "expected the state of the training to be a dictionary"),
    (array("training/layers.0.M", np.zeros(15, np.float32)), r"M of .* has shape \(15,\).* expected \(16,\)"),
    (array("training/layers.0.M", np.zeros(16, np.int64)), "M of .* is int64, .* float32 or float64"),
    (array("training/layers.0.V", np.full(16, np.nan, np.float32)), "V of .* holds NaN or infinity"),
    (array("training/layers.0.x", np.zeros(16)), r"keeps \['M', 'V'\], there it kept"),
    (array("training/../../x", np.zeros(16)), "which belongs to nothing here"),
    (lambda said, tensors: tensors.pop("training/layers.1.v") is None, r"keeps \['v'\], there it kept \[\]"),
    (array("training/best/layers.0.bias", np.ones((4, 1))), "the best layers.0.bias .* is float64"),
    (array("layers.0.bias", np.full((4, 1), np.inf, np.float32)), "layers.0.bias holds NaN or infinity"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), STATES)
def test_a_state_that_cannot_be_is_refused_and_changes_nothing(change, message, tmp_path):
    options = {"epochs": 1, "metrics": ["train_loss", "test_accuracy"], "checkpoint": tmp_path / "run.safetensors"}
    stopping = EarlyStopping("test_accuracy")
    seed(0)
    classifier().train(data(), earlyStopping=stopping, **options)
    # As if it had been kept in the middle of an epoch.
    rewrite(options["checkpoint"], put({"sums": {"loss": 1.0, "accuracy": 1.0}, "samples": 8}, "meter"))
    rewrite(options["checkpoint"], change)
    seed(1)
    model, again = classifier(), data()
    before, state = model.weights(), again.rng.bit_generator.state
    with pytest.raises(ValueError, match=message) as caught:
        model.train(again, earlyStopping=stopping, resume=True, **options)
    assert str(options["checkpoint"]) in str(caught.value)
    assert all(np.array_equal(array.astype(np.float32), model.weights()[name]) for name, array in before.items())
    assert again.rng.bit_generator.state == state
    assert model.history.index == []
    assert stopping.bestWeights is None
    assert all(layer.optimizer.t == 0 and not layer.optimizer.state for layer in model.layers)


@pytest.mark.parametrize("pos", [625, 10**6, -1, 2**31, True, 1.0])
def test_a_generator_is_not_sent_beyond_its_array(pos, tmp_path):
    path = tmp_path / "run.safetensors"
    classifier().train(data(np.random.MT19937), epochs=1, checkpoint=path)
    rewrite(path, put(pos, "generators", "data", "state", "pos"))
    with pytest.raises(ValueError, match="pos of data"):
        classifier().train(data(np.random.MT19937), epochs=2, checkpoint=path, resume=True)


@pytest.mark.parametrize("bits", ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"])
def test_a_training_goes_on_with_any_of_numpys_generators(bits, tmp_path):
    kind, path = getattr(np.random, bits), tmp_path / "run.safetensors"
    whole, first, again = classifier(), classifier(), classifier()
    whole.train(data(kind), epochs=3)
    first.train(data(kind), epochs=1, checkpoint=path)
    again.train(data(kind), epochs=3, checkpoint=path, resume=True)
    assert all(np.array_equal(array, again.weights()[name]) for name, array in whole.weights().items())


def test_what_a_model_remembers_must_be_its_own(tmp_path):
    def gan():
        return GAN(MLP([Dense(2, 3, Sigmoid(), rng=1)]), MLP([Dense(3, 1, Sigmoid(), rng=2)]), rng=0)

    path = tmp_path / "run.safetensors"
    gan().train(data(), epochs=1, checkpoint=path)
    for state, message in (
        ({}, "'diversity' is missing"),
        ({"diversity": "x"}, "diversity of the model"),
        ([], "model"),
    ):
        rewrite(path, put(state, "model"))
        again = gan()
        with pytest.raises(ValueError, match=message):
            again.train(data(), epochs=2, checkpoint=path, resume=True)
        assert again.state() == {"diversity": 1.0}


def test_a_change_on_the_way_that_cannot_be_made_again_is_named(tmp_path):
    def denoising(deviation):
        noise = GaussianNoise(deviation, rng=3)
        return Autoencoder(MLP([Dense(3, 2, rng=1)]), MLP([Dense(2, 3, rng=2)]), corruption=noise)

    def annealed(model):
        def halfway(index, value):
            model.corruption.deviation = 0.1

        return {"train_loss": halfway}

    path, whole, first = tmp_path / "run.safetensors", denoising(0.5), denoising(0.5)
    whole.train(data(), epochs=3, callbacks=annealed(whole))
    first.train(data(), epochs=1, callbacks=annealed(first), checkpoint=path)
    with pytest.raises(ValueError, match=r"corruption.deviation was changed in the course of .* from 0.5 to 0.1: make"):
        denoising(0.5).train(data(), epochs=3, checkpoint=path, resume=True)
    again = denoising(0.1)
    again.train(data(), epochs=3, checkpoint=path, resume=True)
    assert all(np.array_equal(array, again.weights()[name]) for name, array in whole.weights().items())


def test_arrays_in_another_scale_do_not_go_on(tmp_path, monkeypatch):
    path = tmp_path / "run.safetensors"
    monkeypatch.setattr(Adam, "scale", {"M": "m", "V": "v"})
    classifier().train(data(), epochs=1, checkpoint=path)
    assert json.loads(read(path)[0]["training"])["scale"] == {"layers.0": {"M": "m", "V": "v"}}
    classifier().train(data(), epochs=2, checkpoint=path, resume=True)
    monkeypatch.setattr(Adam, "scale", {"M": "m / (1 - beta1)", "V": "v / (1 - beta2)"})
    with pytest.raises(ValueError, match="the optimizer of layers.0 kept its arrays as .*'m'.* there and keeps"):
        classifier().train(data(), epochs=3, checkpoint=path, resume=True)
    rewrite(path, drop("scale"))  # as in files of before
    classifier().train(data(), epochs=3, checkpoint=path, resume=True)


def test_two_descriptions_in_one_checkpoint_must_agree(tmp_path):
    path = tmp_path / "run.safetensors"
    classifier().train(data(), epochs=1, checkpoint=path)
    rewrite(path, put(False, "model", "layers", 0, "trainable"), name="leibnet")
    with pytest.raises(ValueError, match="it describes two models"):
        classifier().train(data(), epochs=2, checkpoint=path, resume=True)


def test_early_stopping_that_was_not_there_cannot_go_on(tmp_path):
    path = tmp_path / "run.safetensors"
    classifier().train(data(), epochs=1, checkpoint=path)
    with pytest.raises(ValueError, match="earlyStopping was None there"):
        classifier().train(data(), epochs=2, earlyStopping=EarlyStopping("test_loss"), checkpoint=path, resume=True)


DESCRIPTIONS = [
    (put(1, "model", "layers", 0, "trainable"), "trainable to be True or False, got 1"),
    (put("x" * 9, "model", "layers", 0, "rng"), "does not describe a model that can be made"),
    (put(0, "model", "layers", 0, "rng"), "has a setting 'rng', which nothing here has"),
    (put("zeros", "model", "layers", 0, "initializer"), "has a setting 'initializer', which nothing here has"),
    (put(True, "model", "layers", 0, "inputDim"), "inputDim to be a whole number of at least 1, got True"),
    (put(3.0, "model", "layers", 0, "inputDim"), "inputDim to be a whole number of at least 1, got 3.0"),
    (put("os.system", "model", "kind"), "unknown model 'os.system'"),
    (put("__class__", "model", "layers", 0, "activation", "kind"), "unknown activation '__class__'"),
    (put("0.5", "model", "layers", 0, "optimizer", "beta1"), "beta1 to be a finite number >= 0 and < 1, got '0.5'"),
    (put(True, "format"), "its format is True"),
    (drop("model", "kind"), "unknown model None"),
    (drop("model"), "'model' is missing"),
]


@pytest.mark.parametrize(("change", "message"), DESCRIPTIONS)
def test_a_description_that_cannot_be_is_refused(change, message, tmp_path):
    path = classifier().save(tmp_path / "model.safetensors")
    rewrite(path, change, name="leibnet")
    with pytest.raises(ValueError, match=message) as caught:
        Model.load(path)
    assert str(path) in str(caught.value)


def test_the_description_of_a_pca_fits_its_components(tmp_path):
    path = PCA(2).fit(X).save(tmp_path / "pca.safetensors")
    rewrite(path, put(3, "model", "k"), name="leibnet")
    with pytest.raises(ValueError, match=r"k=3 has no components of shape \(3, 2\)"):
        PCA.load(path)


def test_an_older_file_may_lack_a_setting_that_is_new(tmp_path):
    path = classifier().save(tmp_path / "model.safetensors")
    rewrite(path, drop("model", "layers", 0, "optimizer", "clipNorm"), name="leibnet")
    assert np.array_equal(MLP.load(path).predict(X), classifier().predict(X))


def test_a_checksum_counts_in_files_of_the_first_format_too(tmp_path):
    path = classifier().save(tmp_path / "model.safetensors")
    path.write_bytes(path.read_bytes().replace(rb"\"format\": 2", rb"\"format\": 1"))
    with pytest.raises(ValueError, match="checksum"):
        MLP.load(path)


def test_weights_of_several_precisions_are_neither_saved_nor_loaded(tmp_path):
    generator, discriminator = MLP([Dense(2, 3, Sigmoid())]), MLP([Dense(3, 1, Sigmoid())])
    discriminator.astype(np.float32)
    with pytest.raises(ValueError, match="all float32 or all float64, got float32, float64: convert with astype"):
        GAN(generator, discriminator).save(tmp_path / "gan.safetensors")
    path = classifier().save(tmp_path / "model.safetensors")
    rewrite(path, array("layers.0.bias", np.zeros((4, 1), np.float32)), name="leibnet")
    with pytest.raises(ValueError, match="got float32, float64"):
        MLP.load(path)
    model = classifier()
    for kind in (complex, np.dtype("U1")):
        with pytest.raises(ValueError, match="layers.0.bias to be real numbers, got dtype"):
            model.setWeights(model.weights() | {"layers.0.bias": np.zeros((4, 1), kind)})


def test_masking_is_described_by_its_share(tmp_path):
    model = Autoencoder(MLP([Dense(3, 2)]), MLP([Dense(2, 3)]), corruption=Masking(0.3))
    path = model.save(tmp_path / "model.safetensors")
    rewrite(path, put("0.3", "model", "corruption", "share"), name="leibnet")
    with pytest.raises(ValueError, match="expected share to be a finite number >= 0 and <= 1, got '0.3'"):
        Model.load(path)
