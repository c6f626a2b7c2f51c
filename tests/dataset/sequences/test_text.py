"""A text as streams side by side: nothing lost, each batch going on where the one before ended."""

import copy
import hashlib
import pickle
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activations import Softmax
from dataset import CorruptFileError, Dataset, DownloadError, Vocabulary, available, shakespeare, tinyShakespeare
from dataset.files import download
from layers import Conv1D
from loss import CategoricalCrossEntropy
from nn import MLP

ALPHABET = "abcdefghij"


def written(size, seed=0):
    return "".join(np.random.default_rng(seed).choice(list(ALPHABET), size))


def streams(batches):
    """The inputs and labels of batches as numbers (steps, streams), and their mask."""
    batches = list(batches)
    x = np.concatenate([batch.inputs[:, 0] for batch in batches])
    y = np.concatenate([batch.labels.argmax(axis=1) for batch in batches])
    mask = np.concatenate(
        [np.ones(batch.inputs[:, 0].shape, bool) if batch.mask is None else batch.mask for batch in batches]
    )
    return x.astype(int), y, mask


@given(st.integers(60, 400), st.integers(1, 9), st.integers(1, 5), st.floats(0.0, 0.4), st.floats(0.0, 0.3))
def test_the_streams_are_the_text(size, steps, side, validation, test):
    text = written(size)
    numbers = Vocabulary.characters(ALPHABET).encode(text)
    end = size - round(test * size)
    begin = end - round(validation * size)
    ends = {"train": (0, begin), "validation": (begin, end), "test": (end, size)}
    asked = {"train": 1, "validation": validation, "test": test}
    if any(
        asked[name] and last - first <= side * (steps if name == "train" else 1) for name, (first, last) in ends.items()
    ):
        with pytest.raises(ValueError, match="text to be of more than .* streams"):
            Dataset.fromText(text, steps, side, validation=validation, test=test)
        return
    data = Dataset.fromText(
        text, steps, side, vocabulary=Vocabulary.characters(ALPHABET), validation=validation, test=test
    )
    for name, (first, last) in ends.items():
        batches = list(data.chunks(name))
        assert bool(batches) == bool(asked[name])
        if not batches:
            continue
        assert {batch.size for batch in batches} == {side}
        x, y, mask = streams(batches)
        own = numbers[first:last]
        assert np.array_equal(x.T[mask.T], own[: mask.sum()])
        assert np.array_equal(y.T[mask.T], own[1 : mask.sum() + 1])
        assert (y[:-1] == x[1:])[mask[1:]].all()  # each stream goes on in the next batch
        left = len(own) - 1 - mask.sum()
        assert left < side * steps if name == "train" else left == 0
        if name == "train":
            assert batches[0].mask is None
            assert batches[0].weights is None
            assert all(np.array_equal(a[0].inputs, b.inputs) for a, b in zip(data.batches(), batches, strict=True))
        elif batches[0].mask is not None:
            assert all(np.array_equal(batch.weights, batch.mask) for batch in batches)


def test_what_a_text_looks_like():
    data = Dataset.fromText(written(2000), steps=20, batch_size=5)
    assert (data.continues, data.shuffle, data.classes, data.classNames) == (True, False, 10, list(ALPHABET))
    assert (data.sampleShape, data.labelShape) == ((20, 1), (20, 10))
    assert data.vocabulary.tokens == list(ALPHABET)
    assert (data.train_size, data.validation_size, data.test_size) == (85, 10, 0)
    x, y = next(data.batches())[0]
    assert x.dtype == y.dtype == np.float32
    assert np.array_equal(y.sum(axis=1), np.ones((20, 5)))
    assert not Dataset("digits").continues
    assert Dataset("digits").vocabulary is None


def test_words():
    vocabulary = Vocabulary.words("to be or not to be", 3)
    data = Dataset.fromText("to be or not to be " * 50, 5, 2, vocabulary=vocabulary)
    x = next(data.batches())[0].inputs[:, 0, 0].astype(int)
    assert vocabulary.decode(x) == "to be <unk> <unk> to"


def test_a_change_of_the_samples_goes_on_as_well():
    data = Dataset.fromText(written(500), 5, 2)
    assert data.mapped(lambda x: x + 1).continues
    assert data.mapped(lambda x: x + 1).vocabulary == data.vocabulary


def test_the_path_of_a_file(tmp_path):
    path = tmp_path / "story.txt"
    content = (written(300) + "\r\nend").encode()
    path.write_bytes(content)
    data = Dataset.fromText(path, 5, 4)
    assert data.name == "story.txt"
    assert data.checksums == {"story.txt": hashlib.sha256(content).hexdigest()}
    assert "\r" not in data.vocabulary.tokens
    assert data.fingerprint() == Dataset.fromText(content.decode().replace("\r\n", "\n"), 5, 4).fingerprint()
    path.write_bytes(b"abc\xff")
    with pytest.raises(ValueError, match="story.txt to be text in UTF-8, .* byte 3 is wrong"):
        Dataset.fromText(path)
    with pytest.raises(FileNotFoundError):
        Dataset.fromText(tmp_path / "nothing")


def test_a_text_is_kept_in_few_bytes():
    text = written(200_000)
    tracemalloc.start()
    try:
        data = Dataset.fromText(text)
        assert next(data.batches())[0].labels.size
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 4 * len(text)  # one-hot labels alone would take 40 bytes for a character
    assert peak < 30 * len(text)


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (
            {"text": written(100), "steps": 10, "batch_size": 9},
            ValueError,
            "of more than 90 tokens for training, for 9 streams of 10 steps",
        ),
        (
            {"text": written(100), "steps": 10, "batch_size": 5, "validation": 0.05},
            ValueError,
            "more than 5 tokens for validation",
        ),
        ({"text": written(100), "steps": 5, "batch_size": 5, "test": 0.05}, ValueError, "more than 5 tokens for test"),
        ({"text": b"abc"}, TypeError, "a text, or the path of one"),
        ({"text": "abc", "steps": 0}, ValueError, "steps"),
        ({"text": "abc", "batch_size": 0}, ValueError, "batch_size"),
        ({"text": "abc", "validation": 1.0}, ValueError, "validation to be a finite number >= 0 and < 1"),
        ({"text": "abc", "validation": 0.5, "test": 0.5}, ValueError, "test to be a finite number >= 0 and < 0.5"),
        ({"text": "abc", "vocabulary": "abc"}, TypeError, r"Vocabulary such as Vocabulary.characters\(text\)"),
        (
            {"text": "abcd", "vocabulary": Vocabulary.characters("abc")},
            ValueError,
            "got 'd'; it is character 3 of the text, in line 1, column 4",
        ),
    ],
)
def test_bad_input(arguments, kind, message):
    with pytest.raises(kind, match=message):
        Dataset.fromText(**arguments)


def test_the_name_of_a_file_is_no_text(tmp_path, monkeypatch):
    (tmp_path / "book.txt").write_text(written(1000))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"got 'book.txt'; the file of this name is Path\('book.txt'\)"):
        Dataset.fromText("book.txt")


# Shakespeare ----------------------------------------------------------------------------------------------------------


def test_the_excerpt_is_bundled_and_says_where_it_comes_from():
    text = shakespeare()
    assert (len(text), len(set(text))) == (149_961, 61)
    assert text.startswith("First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\nSpeak, speak.")
    assert text.endswith("His reasons with his body.\n")
    assert "public domain" in text.description
    data = Dataset.fromText(text)
    assert (data.name, data.description, data.checksums) == ("shakespeare", text.description, text.checksums)
    assert data.vocabulary.decode(data.vocabulary.encode(text)) == text


def test_a_text_that_travels_says_the_same_of_itself():
    text = shakespeare()
    for again in (pickle.loads(pickle.dumps(text)), copy.deepcopy(text)):
        assert again == text
        assert (again.name, again.description, again.checksums) == (text.name, text.description, text.checksums)


def test_the_whole_text_where_it_is():
    if not available("tinyshakespeare"):
        pytest.skip("the text is not at hand")
    text = tinyShakespeare()
    assert (len(text), len(set(text))) == (1_115_394, 65)
    assert text.startswith(shakespeare())
    assert text.name == "tinyshakespeare"


def test_the_whole_text_is_looked_for_as_other_files_are(tmp_path, monkeypatch):
    monkeypatch.delenv("LEIBNET_DATA", raising=False)
    monkeypatch.setattr(download, "cacheFolder", lambda name: tmp_path / "cache" / name)
    monkeypatch.setitem(download.MIRRORS, "tinyshakespeare", ())
    assert not available("tinyshakespeare")
    assert available("shakespeare"), "which is bundled"
    with pytest.raises(FileNotFoundError, match="tinyShakespeare: expected folder to be an existing folder"):
        tinyShakespeare(tmp_path / "nowhere")
    with pytest.raises(DownloadError, match="input.txt .* shakespeare\\(\\) needs no network"):
        tinyShakespeare()
    (tmp_path / "tinyshakespeare").mkdir()
    (tmp_path / "tinyshakespeare" / "input.txt").write_text("another text")
    assert available("tinyshakespeare", folder=tmp_path)
    with pytest.raises(CorruptFileError, match="expected 1115394 bytes of content, got 12.*published input.txt"):
        tinyShakespeare(tmp_path)


@pytest.mark.parametrize(("name", "function"), [("shakespeare", "shakespeare"), ("tinyshakespeare", "tinyShakespeare")])
def test_a_text_is_no_name_of_a_data_set(name, function):
    with pytest.raises(ValueError, match=rf"it is a text: Dataset.fromText\({function}\(\)\)"):
        Dataset(name)


def test_an_evaluation_reads_the_streams_as_they_go_on(monkeypatch):
    data = Dataset.fromText(written(1000), 10, 4, test=0.2)
    model = MLP([Conv1D(1, 10, 1, Softmax(), rng=0)], loss=CategoricalCrossEntropy())
    measure, sizes = model.measure, []
    monkeypatch.setattr(model, "measure", lambda batch, names: sizes.append(batch.size) or measure(batch, names))
    loss = model.evaluate(data, "loss")["loss"]
    assert sizes == [4] * 5
    x, y, mask = streams(data.chunks("test"))
    outputs = model.predict(x.T.reshape(1, 1, -1).astype(np.float32))[0]
    nats = -np.log(outputs[y.T.ravel(), np.arange(x.size)])[mask.T.ravel()]
    assert len(nats) == 199
    assert loss * data.test_size == pytest.approx(nats.sum(), rel=1e-4)
