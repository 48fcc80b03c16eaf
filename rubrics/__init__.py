"""What a centre demands of a call: rule packs, and the judge that applies them."""
