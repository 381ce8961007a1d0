"""The shape of a powered flight: points, ground track, heights, glide. Pure geometry."""
