"""pandas frames: their names go in and come out."""

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")
pytest.importorskip("pandas", reason="pandas is not installed")
import pandas
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from nn.estimators import AutoencoderTransformer, NetworkClassifier, PCATransformer, VAETransformer

FAST = {"learning_rate_init": 0.03, "tol": 1e-3, "random_state": 0}


def iris():
    frame = load_iris(as_frame=True).frame
    frame["kind"] = np.array(["setosa", "versicolor", "virginica"])[frame.pop("target")]
    return frame


def test_names_of_features_and_texts_as_classes():
    frame = iris()
    X, y = frame.drop(columns="kind"), frame["kind"]
    X = (X - X.mean()) / X.std()
    model = NetworkClassifier((8,), **FAST).fit(X, y, sample_weight=pandas.Series(np.ones(150)))
    assert model.feature_names_in_.tolist() == X.columns.tolist()
    assert model.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert model.score(X, y) > 0.9
    with pytest.raises(ValueError, match="feature names"):
        model.predict(X[X.columns[::-1]])


def test_columns_of_several_kinds_in_a_pipeline():
    frame = iris()
    frame["colour"] = np.where(frame["kind"] == "setosa", "blue", "white")
    columns = make_column_transformer((OneHotEncoder(), ["colour"]), (StandardScaler(), ["petal width (cm)"]))
    pipeline = make_pipeline(columns, NetworkClassifier((8,), **FAST))
    assert pipeline.fit(frame, frame["kind"]).score(frame, frame["kind"]) > 0.9


@pytest.mark.parametrize("kind", [PCATransformer, AutoencoderTransformer, VAETransformer])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_codes_as_a_frame(kind):
    X = iris().drop(columns="kind").set_index(np.arange(150) + 1000)
    codes = kind(2).set_output(transform="pandas").fit(X).transform(X)
    name = kind.__name__.lower()
    assert codes.columns.tolist() == [f"{name}0", f"{name}1"]
    assert codes.index.tolist() == X.index.tolist()
