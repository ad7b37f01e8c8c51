"""What a check keeps and is held against, and what commands tell of rows that were set aside."""

import json
from pathlib import Path

from tests.helpers.commands import SPOILT, copied, foretell


def test_a_check_keeps_the_profile_before_and_is_held_against_it(tmp_path: Path) -> None:
    shop, home = copied(tmp_path), ("--home", str(tmp_path))
    out = tmp_path / "out" / "shop"
    said = foretell("check", shop, *home)
    assert "at the check before" not in said
    first = (out / "profile.json").read_bytes()
    foretell("check", shop, *home)
    assert [each.name for each in out.iterdir()] == ["profile.json"]
    project = Path(shop, "project.py")
    dearer = 'frame["spend"] *= 3\n    return {"visits"'
    project.write_text(project.read_text().replace('return {"visits"', dearer))
    said = " ".join(foretell("check", shop, *home).split())
    (kept,) = out.glob("profile-20*Z.json")
    assert kept.read_bytes() == first != (out / "profile.json").read_bytes()
    assert f"{kept}: what they looked like at the check before" in said
    words = ("check", shop, "--against", str(kept), *home)
    moved = json.loads(foretell(*words, "--json"))["visits"]["moved"]
    assert moved["spend"] > 0.25 > moved["(rows_per_customer)"] == 0.0
    said = foretell(*words)
    assert f"Stability index since {kept}: below 0.1 stable, above 0.25" in said
    assert "visits.spend" in said
    assert "cannot be read" in foretell("check", shop, "--against", "nowhere.json", *home, code=1)


def test_kept_vectors_say_what_was_set_aside(tmp_path: Path) -> None:
    import pandas as pd

    shop, store = copied(tmp_path, "", "    quarantine=True,\n", SPOILT), str(tmp_path / "kept")
    said = foretell("keep", shop, store, "--at", "2024-06-01")
    assert "visits: 2 of 10,110 rows set aside (at: absent 2)" in said
    frame = pd.DataFrame(
        {"client": ["c1"] * 2, "at": ["2024-05-30T12:00Z", "soon"], "spend": [1.5, 2.0]}
    )
    frame.to_csv(tmp_path / "new.csv", index=False)
    words = ("append", shop, store, "--new", f"visits={tmp_path / 'new.csv'}", "--json")
    told = json.loads(foretell(*words))
    assert (told["events"], told["recomputed"]) == (1, 1)
    assert told["set_aside"]["visits"]["reasons"] == [
        {"column": "at", "reason": "not a time", "rows": 1}
    ]


def test_spark_refuses_a_project_that_sets_rows_aside(tmp_path: Path) -> None:
    shop = copied(tmp_path, project="    quarantine=True,\n", prepare=SPOILT)
    out = tmp_path / "spark"
    words = ("vectors", shop, str(out), "--at", "2024-06-01", "--engine", "spark")
    said = " ".join(foretell(*words, code=1).split())
    assert "project 'shop' says quarantine=True, and Spark sets no rows aside; use the en" in said
    assert not out.exists()
