"""Greedy layer-wise pre-training."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leibnet.arguments import choice, instance, refusal, wholeNumber
from leibnet.types import Array, Shape

from dataset import Corruption, Dataset, Masking
from layers import Contractive, Dense, Layer, Penalty, Reshape
from nn.models.autoencoder import Autoencoder
from nn.models.autoencoders.stage import Stage, asMachine, copied, drawn, inAutoencoder, learning
from nn.models.energy.rbm import RBM
from nn.models.mlp import MLP
from nn.training.ranks.together import Together
from optimizer import SGD, Optimizer

WAYS = "autoencoder", "denoising", "contractive", "rbm"


@dataclass(frozen=True, repr=False)
class Pretraining:
    """What `pretrain` made; printed, the layers with their last losses.

    Attributes
    ----------
    network : the network, whose layers have been trained one by one.
    stages : a `Stage` for each of these layers, from the first.
    sampleShape : the shape of one sample of the data.
    """

    network: MLP
    stages: list[Stage]
    sampleShape: Shape

    def unrolled(self) -> Autoencoder:
        """A deep autoencoder: the layers up to the last one that was trained, and their decoders in reverse order.

        Its encoder has the network's own layers; of images, its decoder makes images. Fine-tune it with `train`.
        """
        layers = self.network.layers
        last = layers.index(self.stages[-1].layer)
        decoder = MLP(stage.decoder for stage in reversed(self.stages))
        if len(self.sampleShape) > 1:
            decoder.addLayer(Reshape(self.sampleShape))
        autoencoder = Autoencoder(MLP(layers[: last + 1]), decoder)
        autoencoder.standardization, autoencoder.sampleShape = self.network.standardization, self.sampleShape
        return autoencoder

    def __repr__(self) -> str:
        ends = [(stage.layer, *next(iter(stage.history.last.items()))) for stage in self.stages]
        return "\n".join(["Pre-trained", *(f"{layer!r}: {name} {value:.4g}" for layer, name, value in ends)])


def pretrain(
    network: MLP,
    dataset: Dataset,
    by: str = "autoencoder",
    epochs: int = 10,
    *,
    corruption: Corruption | None = None,
    penalty: Penalty | None = None,
    steps: int | None = None,
    persistent: int | None = None,
    optimizer: Optimizer | None = None,
    until: int | None = None,
    schedule: Callable[[float, float], float] | None = None,
    progress: bool | None = None,
    watch: bool = True,
    folder: str | os.PathLike[str] | None = None,
    resume: bool = False,
    communicator: Any = None,
) -> Pretraining:
    """Trains the Dense layers of a network one after the other, each on the codes that the layers below it give.

    A layer becomes the encoder of an autoencoder of its own, with a decoder of one Dense layer; when it is trained, it
    is held fixed, and the next one follows. Or, with "rbm", it takes weights and hidden biases of a restricted
    Boltzmann machine, and its decoder the transposed weights and the visible biases: its activation is a Sigmoid, and
    what it sees are the network's inputs, then draws of the units below; outside [0, 1], Gaussian units, which are
    better standardised. Labels play no part. Then the network goes to `train` as a classifier, or `unrolled` as a deep
    autoencoder, for fine-tuning.

    Second lecture; Hinton & Salakhutdinov 2006, "Reducing the dimensionality of data with neural networks"; Bengio et
    al. 2007, "Greedy layer-wise training of deep networks"; denoising: Vincent et al. 2010; contractive: Rifai et al.
    2011.

    Parameters
    ----------
    network : an `MLP`. A last layer that ends in a Softmax is not pre-trained. Layers without parameters stay between
        the others, and give what they give in a prediction.
    dataset : a `Dataset`; only its training samples are seen. All codes of one layer are held in memory.
    by : "autoencoder" (default), "denoising", "contractive" or "rbm".
    epochs : of every layer; default 10.
    corruption : for "denoising" alone; default Masking(0.25).
    penalty : for "contractive" alone; default Contractive(0.1).
    steps, persistent : for "rbm" alone, see `RBM`; default 1 and 0, contrastive divergence. Its weights start small,
        whatever the layer's are, and a penalty of the layer plays no part.
    optimizer : a template for all trainings here; default a layer's own and, for "rbm", SGD(lr=0.05). For what follows,
        every layer has its own.
    until : the layers before this place are pre-trained; default all.
    schedule, progress, watch : as for `train`, for every layer.
    folder : where every layer's training is kept in a checkpoint, "layer0.safetensors" and so on; default nowhere.
    resume : whether to go on from the checkpoints in the folder, to the bit; layers that are trained already are read
        from there.
    communicator : as for `train`: its ranks train every layer together, and all of them compute the codes; rank 0 alone
        writes files. Default none; see docs/ranks.md.

    Returns
    -------
    Pretraining : the stages with their histories, and `unrolled`.

    Example
    -------
    >>> from activations import Sigmoid
    >>> from optimizer import Adam
    >>> digits = Dataset("digits", rng=0)
    >>> hidden = [Dense(64, 32, Sigmoid(), Adam(lr=0.01), rng=1), Dense(32, 16, Sigmoid(), Adam(lr=0.01), rng=2)]
    >>> pretraining = pretrain(MLP(hidden), digits, epochs=5)
    >>> history = pretraining.unrolled().train(digits, epochs=5)
    """
    owner = "pretrain"
    with Together.of(communicator, owner, folder) as together:
        instance(owner, "network", network, MLP, "MLP([Dense(784, 500, Sigmoid()), ...])")
        instance(owner, "dataset", dataset, Dataset, 'Dataset("mnist")')
        choice(owner, "by", by, WAYS)
        wholeNumber(owner, "epochs", epochs)
        choices: list[tuple[str, Any, str]] = [
            ("corruption", corruption, "denoising"),
            ("penalty", penalty, "contractive"),
            ("steps", steps, "rbm"),
            ("persistent", persistent, "rbm"),
        ]
        for name, given, way in choices:
            if given is not None and by != way:
                raise ValueError(refusal(owner, name, f"omitted except for by={way!r}", given))
        if resume and folder is None:
            raise ValueError(refusal(owner, "folder", "the folder to go on from", None, "say which one"))
        if by == "denoising":
            corruption = corruption or Masking(0.25)
        if by == "contractive":
            penalty = Contractive(0.1) if penalty is None else penalty
            instance(owner, "penalty", penalty, Penalty, "Contractive(0.1)")
        if optimizer is not None:
            instance(owner, "optimizer", optimizer, Optimizer, "SGD(lr=0.05)")
        elif by == "rbm":
            optimizer = SGD(lr=0.05)
        places = _places(network, until)
        together.checkAlike(owner, {"the layers to train": places, "by": by, "the folder": folder is not None})
        kept = None if folder is None else Path(folder)
        if kept is not None and together.isFirst:
            kept.mkdir(parents=True, exist_ok=True)
        network.astype(dataset.dtype)
        codes = _as_seen(network, dataset)

    stages: list[Stage] = []
    done = 0
    for place in places:
        layer: Any = network.layers[place]
        model: Autoencoder | RBM
        with learning(layer, optimizer, penalty), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "nothing is left to be done")  # for a layer that is trained already
            with Together.of(communicator):  # what ends one rank, ends all
                if place > done:
                    codes = _through(network.layers[done:place], codes)
                    done = place
                data = Dataset.fromArrays(
                    drawn(codes) if by == "rbm" and stages else codes,
                    name=f"what layers[{place}] sees",
                    test_size=0,
                    batch_size=dataset.batch_size,
                    shuffle=dataset.shuffle,
                    dropLast=dataset.dropLast,
                    dtype=dataset.dtype,
                    rng=dataset.rng,
                )
                if by == "rbm":
                    model = asMachine(layer, codes, 1 if steps is None else steps, persistent or 0)
                else:
                    model = inAutoencoder(layer, codes, corruption)
            history = model.train(
                data,
                epochs=epochs,
                metrics=["train_reconstruction_error" if by == "rbm" else "train_loss"],
                schedule=schedule,
                progress=progress,
                watch=watch,
                checkpoint=None if kept is None else kept / f"layer{place}.safetensors",
                resume=resume,
                communicator=communicator,
            )
        decoder: Any = copied(model, layer) if isinstance(model, RBM) else model.decoder.layers[0]
        decoder.optimizer = layer.optimizer.clone()
        stages.append(Stage(layer, model, decoder, history))
    network.chain.locate()
    network.standardization = dataset.standardization or network.standardization
    network.sampleShape = dataset.sampleShape
    return Pretraining(network, stages, dataset.sampleShape)


def _places(network: MLP, until: int | None) -> list[int]:
    """The places of the layers to train. ValueError if there are none, or one learns and is no Dense."""
    count = len(network.layers)
    if until is not None and (wholeNumber("pretrain", "until", until, 1 - count) > count or not until):
        raise ValueError(refusal("pretrain", "until", f"a place among {count} layers, with some before it", until))
    layers = network.layers[:until]
    if layers and until is None and layers[-1].activation is not None and layers[-1].activation.link == "Softmax":
        layers = layers[:-1]
    for layer in layers:
        if layer.numParameters() and not isinstance(layer, Dense):
            expected = "a Dense layer wherever there are parameters"
            remedy = "give until=, the layers before this one" if layer is not layers[0] else ""
            raise ValueError(refusal("pretrain", layer.describe(), expected, layer, remedy))
    places = [place for place, layer in enumerate(layers) if isinstance(layer, Dense)]
    if not places:
        raise ValueError(refusal("pretrain", "network", "an MLP with Dense layers to pre-train", network))
    return places


def _as_seen(network: MLP, dataset: Dataset) -> Array:
    """All training samples as the network sees them."""
    seen = dataset.standardizedBy(dataset.standardization or network.standardization)
    return seen.trainSet().inputs


def _through(layers: list[Layer], x: Array) -> Array:
    """What these layers make of the samples."""
    return MLP(layers).chain.predict(x)
