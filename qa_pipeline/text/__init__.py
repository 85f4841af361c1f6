"""From recognised words to \"was this said, when, and how surely?\": phrase and script matching by sound."""
