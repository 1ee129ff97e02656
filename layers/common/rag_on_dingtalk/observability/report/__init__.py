"""The daily report and the gaps of the documents."""
