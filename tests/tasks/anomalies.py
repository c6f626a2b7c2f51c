"""An autoencoder learns benign tumours: are its errors of malignant ones larger? Area under the ROC curve, test set."""

import leibnet as ln

from sklearn.datasets import load_breast_cancer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

ln.seed(0)
x, y = load_breast_cancer(return_X_y=True)
x, x_test, y, y_test = train_test_split(x, y, stratify=y, random_state=0)
data = ln.Dataset.fromArrays(x[y == 1].T, test_size=0, standardize=True)
encoder = ln.MLP([ln.Dense(30, 16, ln.Tanh()), ln.Dense(16, 4, ln.Tanh())])
decoder = ln.MLP([ln.Dense(4, 16, ln.Tanh()), ln.Dense(16, 30)])
autoencoder = ln.Autoencoder(encoder, decoder)
autoencoder.train(data, epochs=300)
print(f"test ROC area {roc_auc_score(y_test == 0, autoencoder.reconstructionErrors(x_test.T)):.3f}")
