"""Which wine is it? A frame with names of columns, and texts as labels; accuracy on a test set."""

import leibnet as ln

from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

ln.seed(0)
wine = load_wine(as_frame=True)
x, y = wine.data, wine.target.map({0: "Barolo", 1: "Grignolino", 2: "Barbera"})
x, x_test, y, y_test = train_test_split(x, y, test_size=0.5, stratify=y, random_state=0)
data = ln.Dataset.fromArrays(x, y, testInputs=x_test, testLabels=y_test, standardize=True)
network = ln.MLP([ln.Dense(13, 16, ln.Tanh(), ln.Adam(lr=0.01)), ln.Dense(16, 3, ln.Softmax(), ln.Adam(lr=0.01))])
network.train(data, ln.CategoricalCrossEntropy(), epochs=50)
print([network.classNames[number] for number in network.predict(x_test[:5]).argmax(axis=0)])
print(f"test accuracy {network.evaluate(data)['accuracy']:.3f}")
