"""Call quality: recordings in, explained scorecards out."""
