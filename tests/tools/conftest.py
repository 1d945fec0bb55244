import sys
from pathlib import Path

# The tools are scripts, which have their own folder on sys.path.
sys.path.append(str(Path(__file__).resolve().parents[2] / 'tools'))
