"""AWS on the wire: who signed a request, which operation it asks for, and how answers and errors are written.

`routing` says which service is meant, `sigv4` who signed, `protocols` turns bytes into parameters and back by
botocore's models (`models`), `constraints` checks the models' limits, `errors` holds the wording.
"""
