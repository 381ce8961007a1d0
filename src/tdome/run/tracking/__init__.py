"""The tracker alone, on recordings: inputs found, tracked, scored and written."""
