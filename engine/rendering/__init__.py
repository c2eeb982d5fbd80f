"""One way to make a take: requests from settings, patch after patch, and a report about them; no torch, no clock."""
