"""What a page amounts to: found, checked, and with settings, parameters, schema and cases taken in."""
