"""What a run tells people: reports, workbooks and figures, made from files."""
