"""The doors that the provincial platform calls (platform.md section 5), and staff's look at what came in."""
