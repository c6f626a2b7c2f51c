"""`python -m nn.runs.command` is `leibnet`."""

from nn.runs.command.main import run

if __name__ == "__main__":
    run()
