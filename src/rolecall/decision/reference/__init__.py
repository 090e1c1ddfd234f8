"""The reference evaluator: what one policy says of one request, written to be read beside SEMANTICS 2 to 6.

Never optimised. The fast path must agree with it, and every explanation is a run of it.
"""
