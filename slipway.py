"""The entry point: ``python slipway.py``, and the console script ``slipway``; the commands are in ``cli``."""

from cli.main import main

if __name__ == "__main__":
    main()
