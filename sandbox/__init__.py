"""A stand-in for WeChat and the provincial platform that speaks their real wire; development and tests only."""
