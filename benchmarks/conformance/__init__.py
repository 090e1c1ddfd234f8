"""Do other people's suites pass here? Their tests, fetched from where they publish them, run against a server.

Nothing of theirs is shipped: sources and environments lie under .cache, results in docs/CONFORMANCE.md.
"""
