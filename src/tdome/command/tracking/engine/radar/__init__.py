"""What a scan tells of its radar: where false plots come from, and whether it sees at all."""
