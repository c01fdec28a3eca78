"""The program behind ``lab.py``. README.md in this folder shows its rooms."""
