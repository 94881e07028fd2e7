"""What is installed is the product, whole, and nothing but the product."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from videotheque import __version__

ROOT = Path(__file__).parents[1]
PACKAGES = ("consent", "pipeline", "flows", "videotheque")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT))
    (built,) = folder.glob("*.whl")
    return built


def _run(*arguments: str, cwd: Path = ROOT, path: str | None = None) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHONPATH", "VIDEOTHEQUE_"))}
    if path is not None:
        env["PYTHONPATH"] = path
    done = subprocess.run(list(arguments), cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_the_four_packages_whole_and_nothing_else(wheel: Path) -> None:
    """Every source, template and static file of ours; no test, no demo, no data."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    packed = {name for name in names if ".dist-info/" not in name}
    tracked = _run("git", "ls-files", "--cached", "--others", "--exclude-standard", *PACKAGES).split("\n")
    expected = {name for name in tracked if name and (ROOT / name).is_file()}

    assert expected == packed
    assert {name.split("/")[0] for name in packed} == set(PACKAGES)
    assert any(name.startswith("videotheque/templates/") for name in packed)
    assert any(name.startswith("videotheque/static/") for name in packed)


def test_the_installed_product_runs_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """Installed elsewhere, it is imported from there, and its command answers."""
    target = tmp_path / "target"
    install = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps")
    _run(sys.executable, *install, "--target", str(target), str(wheel))
    where = (
        "import consent, pipeline, flows, videotheque as v; print(*(m.__file__ for m in (consent, pipeline, flows, v)))"
    )

    imported = _run(sys.executable, "-c", where, cwd=tmp_path, path=str(target)).split()
    version = _run(sys.executable, "-m", "videotheque", "--version", cwd=tmp_path, path=str(target))
    schema = _run(sys.executable, "-m", "videotheque", "schema", "meeting", cwd=tmp_path, path=str(target))

    assert len(imported) == 4
    assert all(Path(place).is_relative_to(target) for place in imported)
    assert f"videotheque {__version__}\n" == version
    assert '"recording"' in schema
