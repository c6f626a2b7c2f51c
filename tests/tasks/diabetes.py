"""How far has diabetes gone after a year? Ten measurements and the answer standardised; R² on a test set."""

import leibnet as ln

from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

ln.seed(0)
x, y = load_diabetes(return_X_y=True, scaled=False)
x, x_test, y, y_test = train_test_split(x, y, random_state=0)
scale = ln.Standardization.of(y[None])
y, y_test = scale.apply(y[None]), scale.apply(y_test[None])
data = ln.Dataset.fromArrays(x.T, y, testInputs=x_test.T, testLabels=y_test, standardize=True)
network = ln.MLP([ln.Dense(10, 16, ln.Tanh()), ln.Dense(16, 1)])
network.train(data, epochs=90)
print(f"test R2 {network.evaluate(data, ['r2'])['r2']:.3f}")
