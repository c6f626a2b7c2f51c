"""Which step, which width? Three of each and five folds, on breast cancer; accuracy of the best, mean of the folds."""

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from nn.estimators import NetworkClassifier

x, y = load_breast_cancer(return_X_y=True)
network = NetworkClassifier(batch_size=50, max_iter=20, random_state=0)
model = Pipeline([("scaler", StandardScaler()), ("network", network)])
grid = {"network__learning_rate_init": [0.001, 0.003, 0.01], "network__hidden_layer_sizes": [[8], [16], [32]]}
search = GridSearchCV(model, grid, cv=5).fit(x, y)
print(search.best_params_)
print(f"accuracy {search.best_score_:.3f}")
