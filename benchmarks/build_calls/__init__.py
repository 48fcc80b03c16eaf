"""Calls built out of single-speaker utterances, with exact truth: to try Nightcall on any language or line.

Read in this order: `utterances` (the material), `circuit` (what a line does to it), `plan` (who says what when,
and what is planted), `render` (plan in, samples and truth out). A plan is all it takes to build a call again,
bit for bit.
"""
