"""Makes the sample calls: dialogue text in, telephone audio and its truth out."""
