"""One sample in twenty is a yes; balanced weights of the classes; balanced accuracy on a test set."""

import leibnet as ln

from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

ln.seed(0)
x, y = make_classification(6000, n_informative=5, weights=[0.95], random_state=0)
x, x_test, y, y_test = train_test_split(x, y, stratify=y, random_state=0)
data = ln.Dataset.fromArrays(
    x.T, y, testInputs=x_test.T, testLabels=y_test, standardize=True, classWeights="balanced", oneHot=False
)
network = ln.MLP([ln.Dense(20, 32, ln.ReLU()), ln.Dense(32, 1, ln.Sigmoid())])
network.train(data, epochs=20)
print(f"test balanced accuracy {network.evaluate(data, ['balanced_accuracy'])['balanced_accuracy']:.3f}")
