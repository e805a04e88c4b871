"""Owns the wire to the provincial platform: keys, signatures, seals, our calls and its pushes."""
