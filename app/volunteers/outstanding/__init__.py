"""Outstanding young volunteers: campaigns, nominations and their reviews, publicity, the list, exits."""
