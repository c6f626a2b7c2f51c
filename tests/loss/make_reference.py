"""Makes reference.json: values and gradients of all losses and pairs as of commit 4c71e4d, before pairs were objects.

    git checkout 4c71e4d && python tests/loss/make_reference.py

The test recomputes them from the labels and pre-activations in the file, which it holds as decimal numbers.
"""

import json
from pathlib import Path

import numpy as np

from activations import Sigmoid, Softmax
from loss import MSE, CategoricalCrossEntropy, CrossEntropy

rng = np.random.default_rng(10)
z = (rng.normal(size=(4, 5)) * [0.1, 1, 5, 20, 100]).astype(np.float32)
soft = rng.uniform(size=z.shape).astype(np.float32)
hard = np.eye(4, dtype=np.float32)[:, [0, 1, 2, 3, 0]]
cases = []
for loss in (MSE(), MSE(0.3), CrossEntropy(), CategoricalCrossEntropy()):
    for name, y in (("soft", soft), ("hard", hard)):
        a = Softmax().apply(z[:, :3])
        case = {"loss": loss.config(), "label": name, "link": ""}
        found = loss.apply(y[:, :3], a), loss.derivative(y[:, :3], a).tolist()
        cases.append(case | {"value": found[0], "gradient": found[1]})
        for link in (Sigmoid.link, Softmax.link):
            found = loss.applyLogits(y, z, link), loss.derivativeLogits(y, z, link).tolist()
            cases.append(case | {"link": link, "value": found[0], "gradient": found[1]})
labels = {"soft": soft.tolist(), "hard": hard.tolist()}
text = json.dumps({"z": z.tolist(), "labels": labels, "cases": cases})
Path(__file__).with_name("reference.json").write_text(text + "\n", encoding="utf-8")
