"""The proof: what the pipeline says of recordings, held against what is true of them.

Read in this order: `truth` (what is true, and the files that say so), `tally` (what a score is made of), the
scorers (`wording`, `voices`, `roles`, `timing`, `events`, `levels`, `phrases`), `score` (all of them on one call),
`aggregate` (groups and confidence intervals), `run` (hearing), `report` (HTML).
"""
