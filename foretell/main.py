"""The command line. Every command loads what it needs when it runs, so that help is quick."""

from __future__ import annotations

import signal
import sys

import typer

from foretell import (
    calibration_command,
    data_commands,
    demo,
    doctor,
    model_commands,
    prove_command,
    scoring_commands,
    store_commands,
)

app = typer.Typer(
    name="foretell",
    help="From raw event tables: who will buy, who will leave, who will not pay.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # The boxes of rich cost a third of a second and say nothing more.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="A PROJECT is a folder with project.py, as experiments/retail. Exit codes: 0 done, "
    "1 the data, a definition or a missing file is at fault, 2 the command is wrong.",
)
for each in (
    data_commands,
    store_commands,
    prove_command,
    model_commands,
    calibration_command,
    scoring_commands,
    doctor,
    demo,
):
    each.register(app)


def main() -> None:
    """Run the command line; who is told to end (SIGTERM) removes temporary files first."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    app()


if __name__ == "__main__":
    main()
