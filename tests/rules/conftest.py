import sys
from pathlib import Path

# Helpers of these tests; the folders are no packages, so that file names alone tell tests apart.
sys.path.insert(0, str(Path(__file__).parent))
