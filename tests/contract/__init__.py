"""The contract and the code, held against each other."""
