"""What is known of others: items bought, people in touch, households, the whole population.

`items`, `people`, `groups`, `mates` and `answers` write a board down; what it says becomes a column
of events, which builders, recipes and conditions read as any other.
"""

from features.boards.builders import answers, groups, items, mates, of_usual, people

__all__ = ["answers", "groups", "items", "mates", "of_usual", "people"]
