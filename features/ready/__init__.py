"""Ready-made tables: a row for each case, its features and its outcome in the columns."""
