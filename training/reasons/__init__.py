"""Why a score is what it is: exact effects of every input, and the words to say them in."""
