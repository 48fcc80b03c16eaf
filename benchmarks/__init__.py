"""How good and how quick Nightcall is, on any recordings with truth, and calls built to try it on."""
