"""Pages for operators, the League and merchants: they call the verbs below, and keep no tables of their own."""
