"""The command line of Foretell."""
