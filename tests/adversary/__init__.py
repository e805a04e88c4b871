"""Proofs of what merchants, clerks and listeners must not learn: matrices over every route, noes, recorded answers."""
