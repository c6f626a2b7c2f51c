"""Models of pictures, made for the tests of the page."""

import pytest

from picturemodels import classifier


@pytest.fixture(scope="session")
def trained():
    """A classifier of the bundled digits that was trained."""
    return classifier()
