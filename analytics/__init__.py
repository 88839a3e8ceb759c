"""The judgement: what things cost, why, how many places to block. Imports `data`, never `pages`."""
