"""Is a tumour benign? Thirty measurements, standardised; accuracy on a test set."""

import leibnet as ln

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

ln.seed(0)
x, y = load_breast_cancer(return_X_y=True)
x, x_test, y, y_test = train_test_split(x, y, stratify=y, random_state=0)
data = ln.Dataset.fromArrays(x.T, y[None], testInputs=x_test.T, testLabels=y_test[None], standardize=True)
network = ln.MLP([ln.Dense(30, 16, ln.ReLU(), ln.Adam(lr=0.003)), ln.Dense(16, 1, ln.Sigmoid(), ln.Adam(lr=0.003))])
network.train(data, epochs=50)
print(f"test accuracy {network.evaluate(data)['accuracy']:.3f}")
