"""A simulated province: minutes of mixed traffic while things break, and then whether all still adds up."""
