"""Who asks: the name of the account that a process really runs under.

It tells accounts apart, not people. One person with two accounts, or who may become another
(``sudo``, root, a container whose user is chosen), is two; people who share an account, such as
that of a scheduler, are one. Who trained is a tag in MLflow's database: whoever may write
there can change it.
"""

from __future__ import annotations

import os
import pwd
from typing import Final

TRAINER: Final = "trained_by"
"""Tag of a run that holds the account that trained."""


def whoami() -> str:
    """Return the login name of the account that runs this process.

    It is the account's, not what ``USER`` or ``LOGNAME`` say: those are set by whoever asks, and
    four eyes would be two.
    """
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # a container may know no name for its user
        return f"uid {number}"
