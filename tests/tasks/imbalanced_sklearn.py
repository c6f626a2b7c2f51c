"""One sample in twenty is a yes; balanced weights of the classes; balanced accuracy on a test set."""

from sklearn.datasets import make_classification
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_sample_weight

x, y = make_classification(6000, n_informative=5, weights=[0.95], random_state=0)
x, x_test, y, y_test = train_test_split(x, y, stratify=y, random_state=0)
network = MLPClassifier([32], alpha=0, batch_size=50, max_iter=20, random_state=0)
model = make_pipeline(StandardScaler(), network)
model.fit(x, y, mlpclassifier__sample_weight=compute_sample_weight("balanced", y))
print(f"test balanced accuracy {balanced_accuracy_score(y_test, model.predict(x_test)):.3f}")
