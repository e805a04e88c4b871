"""What we owe others: messages put down in the caller's transaction, and sent until they are settled."""
