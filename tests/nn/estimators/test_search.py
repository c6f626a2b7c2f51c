"""Searches over parameters: in one process, in several with one BLAS thread each, and on a Dask cluster."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")
import joblib
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nn.estimators import NetworkClassifier

IRIS, KINDS = load_iris(return_X_y=True)
GRID = {"networkclassifier__hidden_layer_sizes": [(4,), (16,)], "networkclassifier__learning_rate_init": [1e-4, 0.03]}


def search(**settings):
    pipeline = make_pipeline(StandardScaler(), NetworkClassifier(tol=1e-3, random_state=0))
    return GridSearchCV(pipeline, GRID, cv=3, **settings)


def fitted(**settings):
    return search(**settings).fit(IRIS, KINDS)


def test_a_search_finds_the_better_step():
    alone = fitted()
    assert alone.best_params_["networkclassifier__learning_rate_init"] == 0.03
    assert alone.best_score_ > 0.9
    together = fitted(n_jobs=2)
    assert np.allclose(together.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"])
    with joblib.parallel_config("threading", n_jobs=2):
        beside = fitted()
    assert np.allclose(beside.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"])


SCRIPT = """
    import os
    import numpy as np
    from sklearn.model_selection import cross_val_score
    from sklearn.datasets import load_iris
    from dataset import Dataset
    from layers import Dense
    from nn import MLP
    from nn.estimators import NetworkClassifier
    from nn.training.listener import Listener

    def threads(model, X, y):
        from threadpoolctl import threadpool_info

        seen = []

        class Look(Listener):
            def stepped(self, course):
                seen.extend(one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas")

        wide = Dataset.fromArrays(np.ones((2000, 60)), np.ones((1, 60)), batch_size=50, test_size=0)
        MLP([Dense(2000, 500), Dense(500, 1)]).train(wide, epochs=1, metrics=(), progress=False, listeners=[Look()])
        return max(seen)

    if __name__ == "__main__":
        X, y = load_iris(return_X_y=True)
        model = NetworkClassifier((4,), learning_rate_init=0.1, tol=0.01)
        print(cross_val_score(model, X, y, scoring=threads, n_jobs=os.cpu_count()).max())
"""


def test_every_process_of_a_search_has_its_share_of_the_threads(tmp_path):
    """Also with products so large that a training alone would take all processors."""
    script = tmp_path / "search.py"
    script.write_text(textwrap.dedent(SCRIPT))
    environment = {name: value for name, value in os.environ.items() if not name.endswith("NUM_THREADS")}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == 1


def test_the_same_search_on_a_dask_cluster():
    distributed = pytest.importorskip("distributed", reason="dask[distributed] is not installed")
    alone = fitted()
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, distributed.Client(cluster), joblib.parallel_config("dask"):
        there = fitted()
    assert np.allclose(there.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"])
    assert there.best_params_ == alone.best_params_
