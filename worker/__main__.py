"""``python -m worker`` is ``mamori``."""

from worker.cli import main

if __name__ == "__main__":
    main()
