"""The small world, made once."""

from dataclasses import replace
from pathlib import Path

import pytest

from features.segments import Partition
from serving.roster import Roster, champions, load_roster
from serving.settings import ProjectSettings, read_settings
from tests.serving import tiny
from tests.serving.asking import Ask, asking, guarded, served
from training.bundle import Bundle


@pytest.fixture(scope="session")
def settings_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def shop_settings(settings_file: Path) -> ProjectSettings:
    return read_settings(settings_file).projects[0]


@pytest.fixture(scope="session")
def bundles(shop_settings: ProjectSettings) -> dict[str, Bundle]:
    return champions(shop_settings.champions)


@pytest.fixture(scope="session")
def shop() -> Partition:
    return tiny.load(tiny.SHOP_TABLES, tiny.shop_frames())


@pytest.fixture(scope="session")
def roster(settings_file: Path) -> Roster:
    return load_roster(read_settings(settings_file), clock=lambda: tiny.PRESENT)


@pytest.fixture(scope="session")
def only_shop(roster: Roster) -> Roster:
    return replace(roster, projects=roster.projects[:1])


@pytest.fixture(scope="session")
def ask(roster: Roster) -> Ask:
    return asking(guarded(served(roster)))
