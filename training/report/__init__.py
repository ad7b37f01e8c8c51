"""What a person reads about a model: one page of HTML with its plots."""
