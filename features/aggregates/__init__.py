"""What each feature means: small pure functions over streams and segments, a file for each theme.

Tallies are exact integers wherever they can be. Where floating point is summed, it is summed event
by event within one segment, so that a value does not depend on which rows it was computed with.

The loops walk the segments of a row from the end backwards. Windows that end together and grow
longer, as the kernel hands them over, are one walk: each goes on where the shorter one stopped.
"""
