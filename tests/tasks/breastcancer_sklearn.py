"""Is a tumour benign? Thirty measurements, standardised; accuracy on a test set."""

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

x, y = load_breast_cancer(return_X_y=True)
x, x_test, y, y_test = train_test_split(x, y, stratify=y, random_state=0)
network = MLPClassifier([16], learning_rate_init=0.003, alpha=0, batch_size=50, max_iter=50, random_state=0)
model = make_pipeline(StandardScaler(), network).fit(x, y)
print(f"test accuracy {model.score(x_test, y_test):.3f}")
