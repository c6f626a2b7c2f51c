"""How far has diabetes gone after a year? Ten measurements and the answer standardised; R² on a test set."""

from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

x, y = load_diabetes(return_X_y=True, scaled=False)
x, x_test, y, y_test = train_test_split(x, y, random_state=0)
network = MLPRegressor(hidden_layer_sizes=[16], activation="tanh", alpha=0, batch_size=50, max_iter=90, random_state=0)
model = TransformedTargetRegressor(make_pipeline(StandardScaler(), network), transformer=StandardScaler()).fit(x, y)
print(f"test R2 {model.score(x_test, y_test):.3f}")
