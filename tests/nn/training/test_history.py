"""The history: a dict, a table, a frame; the epochs in it, in metrics.csv and in a checkpoint."""

import copy
import csv
import json
import pickle
import subprocess
import sys
from collections.abc import Mapping

import numpy as np
import pytest

from activations import Sigmoid
from dataset import Dataset
from layers import Dense
from nn import MLP, History, Writer, seed
from nn.training.events import tagOf

METRICS = ["train_loss", "test_loss"]


def data(train=40, batch=10):
    x = np.random.default_rng(0).normal(size=(2, train + 10))
    return Dataset.fromArrays(x, x[:1] > 0, test_size=10, batch_size=batch, rng=0)


def network():
    seed(0)
    return MLP([Dense(2, 1, Sigmoid())])


def filled(metrics=METRICS, entries=3, samplesPerEpoch=100):
    history = History(metrics, samplesPerEpoch=samplesPerEpoch)
    for k in range(1, entries + 1):
        history.append(50 * k, {name: place + 1 / k for place, name in enumerate(metrics)})
    return history


# A dict --------------------------------------------------------------------------------------------------------------


def test_it_is_a_dict():
    history = filled(entries=2)
    assert isinstance(history, Mapping)
    assert dict(history) == {"train_loss": [1.0, 0.5], "test_loss": [2.0, 1.5]} == history
    assert list(history) == METRICS
    assert len(history) == 2
    assert "train_loss" in history
    assert "index" not in history
    assert history.get("accuracy") is None
    assert history != filled(entries=3)
    assert json.loads(json.dumps(history)) == history
    with pytest.raises(KeyError, match="no metric 'accuracy' was asked for: there are train_loss, test_loss"):
        history["accuracy"]
    with pytest.raises(KeyError, match="there are none"):
        History([])["accuracy"]


def test_an_entry_is_made_of_all_metrics_or_of_none():
    history = filled()
    before = list(history.index), dict(history)
    with pytest.raises(KeyError):
        history.append(history.index[-1] + 1, {"train_loss": 1.0})
    assert (list(history.index), dict(history)) == before


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda history: pickle.loads(pickle.dumps(history))])
def test_a_copy_has_all_of_it(way):
    history = filled()
    history.seconds, history.bestIndex = 2.5, 100
    twin = way(history)
    assert type(twin) is History
    assert (twin, vars(twin)) == (history, vars(history))
    assert str(twin) == str(history)


def test_the_epochs():
    assert filled().epochs == [0.5, 1.0, 1.5]
    with pytest.raises(ValueError, match="how long an epoch is: set its samplesPerEpoch"):
        filled(samplesPerEpoch=None).epochs  # noqa: B018 - it raises
    history = network().train(data(train=45), epochs=2, entriesPerEpoch=5)  # batches of 10, 10, 10, 10, 5
    assert history.samplesPerEpoch == 45
    assert history.index == [10, 20, 30, 40, 45, 55, 65, 75, 85, 90]
    assert history.epochs[4::5] == [1.0, 2.0]


# A table -------------------------------------------------------------------------------------------------------------


def test_printed_it_is_a_table():
    history = filled(entries=2)
    history.seconds = 12.34
    assert str(history).splitlines() == [
        "epoch  train_loss  test_loss",
        "  0.5         1.0        2.0",
        "  1.0         0.5        1.5",
        "2 entries in 12.3 s",
    ]
    history.bestIndex = 50
    assert str(history).endswith("2 entries in 12.3 s; the model has the best weights, of epoch 0.5")
    assert repr(history) == "History of 2 entries in 12.3 s; last: train_loss 0.5, test_loss 1.5"
    history = filled(["loss"], entries=1, samplesPerEpoch=None)
    history.bestIndex = 5000
    assert str(history).splitlines() == [
        "samples  loss",
        "     50     1",
        "1 entry in 0.0 s; the model has the best weights, of 5,000 samples",
    ]
    assert str(History([], samplesPerEpoch=5)) == "epoch\n0 entries in 0.0 s"


def test_a_long_history_is_shortened_in_the_middle_and_says_so():
    assert len(str(filled(entries=30)).splitlines()) == 32
    lines = str(filled(entries=1000, samplesPerEpoch=50)).splitlines()
    first = [line.split()[0] for line in lines[1:-1]]
    assert first == [*map(str, range(1, 16)), "...", *map(str, range(986, 1000)), "1,000"]
    assert lines[-1] == "1,000 entries, of which 30 are shown, in 0.0 s"


def test_many_metrics_go_below_one_another():
    names = [f"{split}_{quantity}" for split in ("train", "validation", "test") for quantity in ("loss", "kl", "f1")]
    names += ["test_" + "x" * 200]
    text = str(filled(names))
    assert max(map(len, text.splitlines())) <= 100
    blocks = text.rpartition("\n")[0].split("\n\n")
    assert len(blocks) > 1
    heads = [block.splitlines()[0].split() for block in blocks]
    assert [head[0] for head in heads] == ["epoch"] * len(blocks)
    found = [name for head in heads for name in head[1:]]
    assert found[:-1] == names[:-1]
    assert names[-1].startswith(found[-1].removesuffix("..."))
    assert found[-1].endswith("...")


def test_tiny_and_huge_numbers_keep_their_digits():
    history = History(["a", "b"], samplesPerEpoch=1)
    for k, (a, b) in enumerate([(1.0, 2.5), (1.234e-9, 123456.0), (3e12, -0.125)], start=1):
        history.append(k, {"a": a, "b": b})
    rows = [line.split() for line in str(history).splitlines()[1:-1]]
    assert [float(row[1]) for row in rows] == pytest.approx([1.0, 1.234e-9, 3e12])
    assert [float(row[2]) for row in rows] == pytest.approx([2.5, 123456, -0.125], rel=1e-3)


def test_a_notebook_shows_a_table_of_html():
    html = filled(["<b>_loss"], entries=31)._repr_html_()
    assert html.count("<tr>") == 1 + 30 + 1
    assert "<th>&lt;b&gt;_loss</th>" in html
    assert html.endswith("</table>31 entries, of which 30 are shown, in 0.0 s")


# A frame -------------------------------------------------------------------------------------------------------------


def test_a_frame():
    pandas = pytest.importorskip("pandas")
    frame = filled().frame()
    assert list(frame.columns) == ["index", "epoch", *METRICS]
    assert frame["index"].tolist() == [50, 100, 150]
    assert frame["epoch"].tolist() == [0.5, 1.0, 1.5]
    assert frame["test_loss"].tolist() == filled()["test_loss"]
    assert list(filled(samplesPerEpoch=None).frame().columns) == ["index", *METRICS]
    pandas.testing.assert_frame_equal(pandas.DataFrame(filled()), frame[METRICS])


def test_a_frame_is_metrics_csv(tmp_path):
    pandas = pytest.importorskip("pandas")
    history = network().train(data(train=45), epochs=2, entriesPerEpoch=5, folder=tmp_path)
    pandas.testing.assert_frame_equal(pandas.read_csv(tmp_path / "metrics.csv"), history.frame(), rtol=1e-5)


def test_without_pandas_it_is_said_what_to_install():
    program = (
        "import sys; sys.modules['pandas'] = None\n"
        "from nn import History\n"
        "try:\n"
        "    History(['loss']).frame()\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("history.frame() needs the package pandas: pip install pandas")


# In files ------------------------------------------------------------------------------------------------------------


def rows(folder, name="metrics.csv"):
    return list(csv.reader((folder / name).read_text().splitlines()))


def test_metrics_csv_has_the_epochs(tmp_path):
    network().train(data(train=45), epochs=2, entriesPerEpoch=5, folder=tmp_path)
    head, *body = rows(tmp_path)
    assert head == ["index", "epoch", *METRICS]
    assert [row[1] for row in body[:5]] == ["0.222222", "0.444444", "0.666667", "0.888889", "1.0"]


def test_in_a_loop_of_ones_own_nobody_knows_the_epochs(tmp_path):
    with Writer(["loss"], folder=tmp_path) as writer:
        writer.write(50, {"loss": 0.5})
    assert rows(tmp_path) == [["index", "loss"], ["50", "0.5"]]


def test_a_training_that_goes_on_makes_a_file_without_epochs_into_one_with_them(tmp_path):
    folder, checkpoint = tmp_path / "run", tmp_path / "run.safetensors"
    network().train(data(), epochs=2, folder=folder, checkpoint=checkpoint)
    steps = (folder / "steps.crc").read_bytes()
    whole = rows(folder)
    with (folder / "metrics.csv").open("w", newline="") as file:  # as an earlier version left it
        csv.writer(file).writerows(row[:1] + row[2:] for row in whole)
    history = network().train(data(), epochs=3, folder=folder, checkpoint=checkpoint, resume=True)
    assert rows(folder)[:3] == whole
    assert [float(row[1]) for row in rows(folder)[1:]] == [1, 2, 3] == history.epochs
    assert (folder / "steps.crc").read_bytes().startswith(steps)
    assert sorted(path.name for path in folder.iterdir()) == ["metrics.csv", "steps.crc"]


def test_the_state_of_earlier_versions_had_no_samples_per_epoch():
    history = filled()
    state = json.loads(json.dumps(history.state()))
    assert state["samplesPerEpoch"] == 100
    for size in (None, 100):
        twin = History(METRICS, samplesPerEpoch=size)
        twin.checkState(state, samples=150)
        twin.setState(state)
        assert (twin, twin.index, twin.samplesPerEpoch) == (history, history.index, 100)
    del state["samplesPerEpoch"]
    for size in (None, 100):
        twin = History(METRICS, samplesPerEpoch=size)
        twin.checkState(state, samples=150)
        twin.setState(state)
        assert (twin, twin.samplesPerEpoch) == (history, size)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"samplesPerEpoch": 99}, "samplesPerEpoch of history to be 100, got 99"),
        ({"samplesPerEpoch": "100"}, "samplesPerEpoch of history"),
        ({"samplesPerEpoch": 0}, "samplesPerEpoch of history"),
        ({"samplesPerEpoch": True}, "samplesPerEpoch of history"),
        ({"strange": 1}, "history has index, values, seconds, there it had index, values, seconds, strange"),
    ],
)
def test_a_state_that_does_not_fit_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        filled().checkState(filled().state() | change, samples=150)
    if change.get("samplesPerEpoch") != 99:
        with pytest.raises(ValueError, match="history"):
            filled(samplesPerEpoch=None).checkState(filled().state() | change, samples=150)


@pytest.mark.parametrize(
    ("metric", "tag"),
    [
        ("train_loss", "loss/train"),
        ("validation_roc_auc", "roc_auc/validation"),
        ("loss", "loss"),
        ("my_loss", "my_loss"),
        ("train_", "train_"),
    ],
)
def test_tensorboard_draws_the_sets_of_a_quantity_in_one_group(metric, tag):
    assert tagOf(metric) == tag
