"""What every part of the API shares: errors, pages, figures in writing, its description."""
