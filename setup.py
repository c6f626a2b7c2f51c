"""What pyproject.toml cannot say: the wheel has the examples and the results beside the command `leibnet`.

In the repository they have one place each, examples/ and docs/results.md, and no package is made of them; see
nn/runs/command/shipped.py, which finds them in both.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

COMMAND = "nn.runs.command"
FILES = ["docs/results.md", *sorted(path.as_posix() for path in Path("examples").glob("*.py"))]


class BuildWithExamples(build_py):
    """Copies these files into the package's folder `shipped` as it copies the data of packages."""

    def run(self):
        if not self.editable_mode:
            place = Path(self.build_lib, *COMMAND.split("."), "shipped")
            self.data_files = [*self.data_files, (COMMAND, ".", str(place), FILES)]
        super().run()


setup(cmdclass={"build_py": BuildWithExamples})
