"""What merchants are told of a day."""
