"""Activities, who came to them, and the hours that were confirmed, sampled and put right."""
