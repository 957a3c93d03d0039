"""``python -m crmq`` is the same as ``crmq``."""

from crmq.cli.app import main

if __name__ == "__main__":
    main()
