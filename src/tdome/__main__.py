"""``python -m tdome`` is the command ``tdome``."""

from tdome.app.main import main

if __name__ == "__main__":
    raise SystemExit(main())
