"""Pictures through matplotlib. Every function returns a Figure and needs no display: figure.savefig("curves.png")."""
