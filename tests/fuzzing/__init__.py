"""Does the compiled evaluator decide as the reference does? On a million random requests: `make fuzz`.

    python -m fuzzing [--minutes 10] [--requests 1000000] [--seed N] [--workers N]
    python -m fuzzing --replay FILE

The random decisions are those of `random_decisions`. A difference is made small, printed as a neutral request,
kept in a file that --replay decides again, and ends the run with 1; it becomes a case of tests/cases by name.
"""
