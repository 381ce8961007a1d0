"""A report on paper: a browser that is on this machine prints the HTML file as PDF."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tdome.kernel.errors import ConfigError

BROWSER = "TDOME_BROWSER"  # names the program, where it is none of these or not on the path
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_LONGEST_S = 120.0
# Nothing is fetched: the page has all that it shows, and the browser shall not call home.
_QUIET = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",
)


def find_browser() -> str:
    """Return the browser that prints; raises ConfigError if there is none."""
    named = os.environ.get(BROWSER)
    for name in (named,) if named else (*NAMES, *_PLACES):
        found = shutil.which(name)
        if found is not None:
            return found
    problem = f"{named!r} is no program" if named else "no browser that prints is on this machine"
    hint = f"install Chromium, or name one in {BROWSER}; report.html prints from any browser"
    raise ConfigError("--pdf", None, BROWSER if named else "", problem, hint)


def print_report(folder: Path, browser: str) -> Path:
    """Print ``report.html`` of a study folder as ``report.pdf`` and return its path.

    Raises ConfigError where the browser does not do it; an older PDF is gone then.
    """
    paper = folder / "report.pdf"
    paper.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="tdome-browser-") as profile:
        command = [browser, *_QUIET, f"--user-data-dir={profile}"]
        if os.name == "posix" and os.geteuid() == 0:
            command.append("--no-sandbox")  # it has none for root; the page is our own
        page = (folder / "report.html").resolve().as_uri()
        command += [f"--print-to-pdf={paper.resolve()}", page]
        try:
            told = subprocess.run(  # noqa: S603  (a browser found above, no shell)
                command, capture_output=True, text=True, timeout=_LONGEST_S, check=False
            ).stderr
        except subprocess.TimeoutExpired:
            told = f"nothing after {_LONGEST_S:.0f} s"
        except OSError as fault:
            told = str(fault)
    if not paper.is_file():
        last = (told.strip().splitlines() or ["it said nothing"])[-1]
        raise ConfigError("--pdf", None, "", f"{browser} printed nothing: {last}", "")
    return paper
