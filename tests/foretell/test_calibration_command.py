"""The command that holds later outcomes against a champion's contract, and what scores say then."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features.errors import BundleError
from serving.roster import champions
from tests.foretell.test_ready_commands import PROJECT, SETTINGS
from tests.helpers.commands import foretell
from tests.helpers.readymade import calls


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A champion of 2,000 rows, and 600 later ones whose outcome is always yes."""
    folder = tmp_path_factory.mktemp("drift")
    (folder / "project.py").write_text(PROJECT.format(more=""))
    (folder / "train.toml").write_text(SETTINGS.format(more=""))
    rows = calls(2_600)
    pq.write_table(rows.slice(0, 2_000), folder / "calls.parquet")
    foretell("train", str(folder), "--home", str(folder))
    foretell("promote", str(folder), "subscribes", "--override", "a test", "--home", str(folder))
    place = rows.column_names.index("y")
    yes = ["yes" if row >= 2_100 else said for row, said in enumerate(rows["y"].to_pylist())]
    pq.write_table(rows.set_column(place, "y", [yes]), folder / "calls.parquet")
    return folder


def states(bank: Path, name: str) -> set[str]:
    """What scores of a file of rows say of their calibration."""
    rows, out = str(bank / "calls.parquet"), bank / name
    foretell("score", str(bank), "--rows", rows, "--home", str(bank), "--out", str(out))
    return set(pq.read_table(out / "scores.parquet")["calibration"].to_pylist())


def test_scores_say_what_later_outcomes_said_once_it_is_recorded(bank: Path) -> None:
    asked = ("calibration", str(bank), "subscribes", "--home", str(bank))
    folder = bank / "mlruns" / "champions" / "bank"
    first = states(bank, "first")
    assert first <= {"calibrated", "uncertified"}
    found = json.loads(foretell(*asked, "--json"))
    assert found["now"]["state"] == "drifting"
    assert found["before"]["state"] == found["before"]["overall"]["state"] != "drifting"
    foretell(*asked, "--strict", code=1)
    # Asking alone changes nothing.
    assert states(bank, "second") == first
    for _ in range(2):
        assert json.loads(foretell(*asked, "--record", "--json"))["now"] == found["now"]
    assert states(bank, "third") == {"drifting"}
    told = json.loads(foretell("models", str(bank), "--home", str(bank), "--json"))["subscribes"]
    assert told["calibration"]["champion"] == "drifting"
    assert told["calibration"]["newest"] == "drifting"
    said = foretell("promote", str(bank), "subscribes", "--home", str(bank), code=3)
    assert "- calibration contract: drifting; asked for: the bundle" in said
    (served,) = champions(folder).values()
    assert served.contract is not None
    assert served.contract.to_json() == found["now"]
    (file,) = (folder / ".calibration").iterdir()
    assert file.name == f"{served.digest}.json"
    for damaged in ('{"state": "calibrated"}', "[]"):
        file.write_text(damaged)
        home = str(bank)
        told = json.loads(foretell("models", home, "--home", home, "--json"))["subscribes"]
        assert told["calibration"]["champion"] == "not readable"
    with pytest.raises(BundleError, match=r"should hold a calibration contract.*; remove it, or"):
        champions(folder)
    told = json.loads(foretell("models", str(bank), "--home", str(bank), "--json"))["subscribes"]
    assert told["calibration"]["champion"] == "not readable"
    file.unlink()
    assert states(bank, "fourth") == first
