"""The drivers behind ``automation/browser.py``: Chromium on this machine, and a browser that is rented.

They know neither sites nor jobs.
"""
