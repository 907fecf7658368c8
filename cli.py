"""The door to `derive/cli.py` for a plain checkout: `python cli.py gradient "x'*A*x"`."""

from derive.cli import main

if __name__ == "__main__":
    main()
