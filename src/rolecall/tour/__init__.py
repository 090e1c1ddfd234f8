"""The guided tour: how SageMaker works with IAM, shown check by check against a private server.

check.py says what a check is; sections/ holds the checks, one file per part of the page; stage.py makes the
users and roles that a check names; play.py asks and compares; show.py and page.py tell it as text and as HTML.

What a check expects is written by hand from AWS's documents. It is never taken from the program.
"""
