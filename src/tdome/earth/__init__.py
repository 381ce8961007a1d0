"""Where things are and what the air does: frames, geodesy, gravity, air, horizon, ballistics.

Pure functions of their arguments in SI, radians and ECEF WGS-84. Names that end in ``1`` are
compiled kernels on scalars; their array companions call them row by row, so that both give the
same bits. Laws live here and are shared by all rooms; parameters are not.
"""
