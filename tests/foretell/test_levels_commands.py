"""Target rates and top-k multi-hot as the commands tell, prove and make them."""

import json
from pathlib import Path

from typer.testing import CliRunner

from foretell.main import app

SHOP = Path(__file__).parent / "shop"
LEVELS = """
from features import multi_hot, usual
from training import target_rate

project = Project(
    "shop",
    tables=[visits],
    catalogue=Catalogue([multi_hot(visits, "@weekday", k=2, days=91)]),
    tasks=[
        Task(
            "churn",
            silent(visits),
            Cohort(active=91),
            horizon=28,
            encode=[target_rate(usual(visits, "@weekday", 91))],
        )
    ],
)
"""


def test_levels_are_told_in_the_dictionary_proven_and_made(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "project.py").write_text((SHOP / "project.py").read_text() + LEVELS)
    told = json.loads(foretell("features", str(shop), "--json"))["features"]
    assert [each["name"] for each in told] == [
        "visits_weekday_top_2_count_91d",
        "visits_days_since_ever",
        "visits_weekday_usual_91d",
        "churn.visits_weekday_usual_91d_rate_20",
    ]
    assert told[-1]["description"].startswith("Share of yes among the settled outcomes of earlier")
    page = tmp_path / "dictionary.html"
    foretell("features", str(shop), "--html", str(page))
    assert "Share of yes among the settled outcomes of earlier rows" in page.read_text()
    proven = ("prove", str(shop), "--cutoffs", "2", "--customers", "4", "--home", str(tmp_path))
    assert "Proven" in foretell(*proven)
    out = tmp_path / "vectors.parquet"
    made = json.loads(foretell("vectors", str(shop), str(out), "--at", "2024-06-01", "--json"))
    assert made["features"] == 3  # two days of the week, and the others


def foretell(*words: str) -> str:
    found = CliRunner().invoke(app, list(words))
    assert found.exit_code == 0, found.output
    return found.stdout
