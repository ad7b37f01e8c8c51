"""The trees of a LightGBM model as arrays, and rows on their way down."""
