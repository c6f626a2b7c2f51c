"""What other libraries call the methods of a model and the arguments of a training, and what they are here."""

from __future__ import annotations

from typing import Any

from leibnet.words import answering

# The names that others have; a method of the model for which that is an answer; what to write.
_METHODS = (
    ("fit partial_fit", "train", "train(dataset); Dataset.fromArrays(x, y) makes one, with samples as columns"),
    ("compile", "train", "train(dataset, loss=CrossEntropy()); a layer gets its optimizer when it is made"),
    ("summary", "train", "print(model)"),
    ("predict", "reconstruct", "reconstruct(x)"),
    ("predict", "sample", "sample(n)"),
    ("predict_proba decision_function", "predict", "predict(x); after a Softmax these are the classes' probabilities"),
    ("forward", "feedforward", "feedforward(x), or predict(x) where no backward pass follows"),
    ("forward", "reconstruct", "reconstruct(x)"),
    ("forward generate", "sample", "sample(n)"),
    ("backward", "backpropagate", "backpropagate(label) after feedforward(x); train(dataset) does both"),
    ("backward", "train", "train(dataset)"),
    ("score test", "evaluate", "evaluate(dataset)"),
    ("fit_transform transform", "encode", "encode(x), after train(dataset)"),
    ("inverse_transform", "decode", "decode(z)"),
    ("add", "addLayer", "addLayer(layer)"),
    ("parameters named_parameters trainable_variables", "weights", "weights(), or numParameters() for how many"),
    ("state_dict", "stateDict", "stateDict(), with PyTorch's names, or weights()"),
    ("get_weights coefs_", "weights", "weights()"),
    ("load_state_dict set_weights", "setWeights", "setWeights(weights)"),
    ("save_weights", "save", "save(path)"),
    ("load_weights from_pretrained", "load", "Model.load(path)"),
    ("count_params", "numParameters", "numParameters()"),
    ("modules named_modules children", "namedLayers", "namedLayers()"),
    ("to cpu cuda float double", "astype", "astype(np.float32) or astype(np.float64); models compute on the processor"),
    ("eval", "evaluate", "evaluate(dataset); whatever is not train is inference by itself"),
    ("zero_grad", "train", "nothing: every backward pass writes its gradients anew"),
    ("optimizer", "namedLayers", "namedLayers(): every layer has an optimizer of its own"),
)
_LAYER = "a layer gets it when it is made, as in Dense(784, 100, ReLU(), Adam(lr=0.001))"
_DATA = "the data set has it, as in Dataset.fromArrays(x, y, {})"
_VALIDATION = _DATA.format("validation_size=1000") + '; ask for metrics=["validation_loss"]'
_ARGUMENTS = {
    **dict.fromkeys(("n_epochs", "num_epochs", "nb_epoch", "max_iter"), "write epochs=..."),
    **dict.fromkeys(("criterion", "loss_fn", "loss_function"), "write loss=..."),
    **dict.fromkeys(("lr", "learning_rate", "learningRate", "optimizer"), _LAYER),
    **dict.fromkeys(("x", "y", "X"), "write train(Dataset.fromArrays(x, y))"),
    **dict.fromkeys(("validation_data", "validation_split", "validation_size"), _VALIDATION),
    "batch_size": _DATA.format("batch_size=50"),
    "sample_weight": _DATA.format("sampleWeights=..."),
    "class_weight": _DATA.format("classWeights=..."),
    "patience": 'write earlyStopping=EarlyStopping("validation_loss", patience=...)',
    "shuffle": "leave it out, every epoch has an order of its own",
    "verbose": "write progress=False for silence",
}

wellNamed = answering(_ARGUMENTS)


def missing(model: Any, name: str) -> Any:
    """A model's `__getattr__`, which is asked for attributes that are not there: an AttributeError, with what to write.

    >>> from nn import MLP
    >>> MLP([]).summary()
    Traceback (most recent call last):
    AttributeError: MLP has no 'summary': write print(model)
    """
    kind = type(model)
    words = [text for names, method, text in _METHODS if name in names.split() and hasattr(kind, method)]
    first, *others = name.strip("_").split("_")
    ours = first + "".join(map(str.capitalize, others))
    if not words and ours != name and name[0] != "_" and hasattr(kind, ours):
        words = [ours]
    if words:
        raise AttributeError(f"{kind.__name__} has no {name!r}: write {words[0]}", name=name, obj=model)
    return object.__getattribute__(model, name)  # once more, for the words of the error that led here
