"""Files that people take away: the home of document libraries."""
