"""Repeats a run of an example, and says whether the result agrees and at which step it first does not.

    python examples/repeat.py runs/classifier-20261121-171500
    python examples/repeat.py runs/classifier-20261121-171500/run.json --output again

All that the run depended on is in its run.json. The same script is run with the same arguments, seed and threads; what
else has changed (versions, processor, data, code) is printed. Exit code 0: the results agree to the bit; 1: they do
not; 2: there is nothing that can be repeated or compared.
"""

from __future__ import annotations

from pathlib import Path

from nn.runs import repeat, runScript

EXAMPLES = [path for path in Path(__file__).parent.glob("*.py") if path.name != Path(__file__).name]

if __name__ == "__main__":
    runScript(lambda: repeat(EXAMPLES, __doc__))
