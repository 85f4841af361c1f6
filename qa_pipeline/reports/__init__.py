"""What people read: the page of a call and the index of a run, each one self-contained HTML file."""
