"""Pages of the League's staff: volunteers, hours, certificates, lists. Each sees their part of the tree only."""
