"""An autoencoder learns benign tumours: are its errors of malignant ones larger? Area under the ROC curve, test set."""

from sklearn.datasets import load_breast_cancer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import StandardScaler

x, y = load_breast_cancer(return_X_y=True)
x, x_test, y, y_test = train_test_split(x, y, stratify=y, random_state=0)
scaler = StandardScaler()
x, x_test = scaler.fit_transform(x[y == 1]), scaler.transform(x_test)
network = MLPRegressor(
    hidden_layer_sizes=[16, 4, 16], activation="tanh", alpha=0, batch_size=50, max_iter=300, random_state=0
)
network.fit(x, x)
print(f"test ROC area {roc_auc_score(y_test == 0, ((network.predict(x_test) - x_test) ** 2).sum(axis=1)):.3f}")
