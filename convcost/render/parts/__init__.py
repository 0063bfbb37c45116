"""Parts of reports: tables, numbers and bars as text."""
