"""Embedded checks: an officer's approval system learns which incentives the applicant standing there may have."""
