"""Studies: many raids, designs, intervals and reports."""
