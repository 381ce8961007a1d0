"""The open benchmark of sequential engagement: `tdome bench doctrine`. Bounds, baselines, policies.

Model, all figures notional: N waves come one after the other. The size of a wave is negative
binomial (Poisson with a gamma-mixed mean), cut off far in its tail; each threat is of class c with
a known share and value v_c. A live threat passes looks k = 1..K; look k belongs to layer l(k). At a
look up to S shots may be given to each threat, up to ch_l in all, from a magazine M_l that all
waves share; each shot hits with pk[k, c], independent of all else. Then each threat that was shot
at is assessed, rightly or not. What is alive after the last look leaks and costs v_c. The sum over
all waves is to be made small on average.
"""
