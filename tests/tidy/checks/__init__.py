"""One function per check: takes a Tree, yields Findings."""
