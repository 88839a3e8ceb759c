"""What each page says: frames and results in, one `Finding` out. Pure: no store, no page."""
