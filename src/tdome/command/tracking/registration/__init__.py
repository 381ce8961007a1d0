"""Registration: systematic errors of sensors, estimated from what two or more of them see."""
