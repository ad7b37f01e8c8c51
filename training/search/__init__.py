"""Hyperparameters, searched; whoever is killed goes on where it was."""
