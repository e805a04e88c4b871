"""信易+ : incentives for good public credit."""
