"""What merchants are told at their notify_url: put down, sealed, signed, sent until it is taken, every try kept."""
