import sys
from pathlib import Path

# The tools are scripts, which find their own folder first.
sys.path.append(str(Path(__file__).resolve().parents[2] / 'tools'))
