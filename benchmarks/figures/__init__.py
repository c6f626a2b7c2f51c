"""The figures of the models: what a row is, the cells that hold what it gave, and the table that they make.

A row (`row`) trains once and gives one or several figures. A cell (`cell`) is a row with a seed: a small JSON file
that also says by what it was computed (`conditions`) and from which code (`code`). `computing` makes cells, `table`
reads them.
"""
