"""Training on a ready-made table: rows and labels are there, slices and proofs are not."""
