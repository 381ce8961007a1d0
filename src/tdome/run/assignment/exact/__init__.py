"""The exact method: auction, column generation with HiGHS, complete enumeration."""
