"""Which wine is it? A frame with names of columns, and texts as labels; accuracy on a test set."""

from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

wine = load_wine(as_frame=True)
x, y = wine.data, wine.target.map({0: "Barolo", 1: "Grignolino", 2: "Barbera"})
x, x_test, y, y_test = train_test_split(x, y, test_size=0.5, stratify=y, random_state=0)
network = MLPClassifier([16], "tanh", learning_rate_init=0.01, alpha=0, batch_size=50, max_iter=50, random_state=0)
model = make_pipeline(StandardScaler(), network).fit(x, y)
print(model.predict(x_test[:5]))
print(f"test accuracy {model.score(x_test, y_test):.3f}")
