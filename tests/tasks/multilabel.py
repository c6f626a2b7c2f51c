"""Which of five subjects is a text about, one or several? Counts of twenty words; F1 on a test set, mean of five."""

import leibnet as ln

from sklearn.datasets import make_multilabel_classification
from sklearn.model_selection import train_test_split

ln.seed(0)
x, y = make_multilabel_classification(4000, random_state=0)
x, x_test, y, y_test = train_test_split(x, y, random_state=0)
data = ln.Dataset.fromArrays(x.T, y.T, testInputs=x_test.T, testLabels=y_test.T, standardize=True)
network = ln.MLP([ln.Dense(20, 32, ln.ReLU(), ln.Adam(lr=0.003)), ln.Dense(32, 5, ln.Sigmoid(), ln.Adam(lr=0.003))])
network.train(data, epochs=20)
print(f"test F1 {network.evaluate(data, ['f1'])['f1']:.3f}")
